"""Every sentence that the bot says, as templates: resident, worker, secretary, reply, digest."""
