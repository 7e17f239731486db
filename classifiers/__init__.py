"""What a message means. Knows nothing of WeChat, the bot or the storage."""
