"""Everything the first version remembers."""

import sqlalchemy as sa
from alembic import op

import storage.columns

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('absences',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('worker_id', sa.String(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('absences', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_absences_worker_id'), ['worker_id'], unique=False)

    op.create_table('accesses',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('worker_id', sa.String(), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=True),
    sa.Column('issue', sa.Integer(), nullable=True),
    sa.Column('where', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('communities',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('street', sa.String(), nullable=False),
    sa.Column('emergency', sa.Boolean(), nullable=False),
    sa.Column('emergency_since', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('retired', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('corrections',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('category', sa.String(), nullable=True),
    sa.Column('intent', sa.String(), nullable=True),
    sa.Column('urgency', sa.String(), nullable=True),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('other', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('issue', sa.Integer(), nullable=True),
    sa.Column('community_id', sa.String(), nullable=False),
    sa.Column('at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=True),
    sa.Column('target', sa.String(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('state', sa.JSON(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.create_index('events_at', ['at', 'act'], unique=False)
        batch_op.create_index('events_issue', ['issue', 'at'], unique=False)

    op.create_table('marks',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('moment', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('text', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('pending',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('issue', sa.Integer(), nullable=True),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('until', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('pending', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pending_issue'), ['issue'], unique=False)
        batch_op.create_index('pending_contact', ['contact', 'kind'], unique=False)

    op.create_table('residents',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('wrote_directly', sa.Boolean(), nullable=False),
    sa.Column('opted_out', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('contact')
    )
    op.create_table('runs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('scope', sa.String(), nullable=False),
    sa.Column('day', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('scope', 'day', 'kind', name='run_once')
    )
    op.create_table('sittings',
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('worker_id', sa.String(), nullable=False),
    sa.Column('form_key', sa.String(), nullable=False),
    sa.Column('since', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('until', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('said', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('token')
    )
    with op.batch_alter_table('sittings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sittings_until'), ['until'], unique=False)

    op.create_table('ways_in',
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('worker_id', sa.String(), nullable=False),
    sa.Column('until', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('used_at', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('token')
    )
    with op.batch_alter_table('ways_in', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ways_in_until'), ['until'], unique=False)

    op.create_table('workers',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('contact', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('retired', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('workers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_workers_contact'), ['contact'], unique=False)

    op.create_table('grids',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('community_id', sa.String(), nullable=False),
    sa.Column('estate', sa.String(), nullable=False),
    sa.Column('buildings', sa.JSON(), nullable=False),
    sa.Column('a_post', sa.String(), nullable=False),
    sa.Column('b_posts', sa.JSON(), nullable=False),
    sa.Column('lead', sa.String(), nullable=False),
    sa.Column('retired', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('grids', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_grids_community_id'), ['community_id'], unique=False)

    op.create_table('rooms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('topic', sa.String(), nullable=False),
    sa.Column('platform_id', sa.String(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('community_id', sa.String(), nullable=False),
    sa.Column('estate', sa.String(), nullable=False),
    sa.Column('notice_version', sa.String(), nullable=True),
    sa.Column('notice_at', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('served_by', sa.String(), nullable=True),
    sa.Column('served_until', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('retired', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('rooms', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rooms_community_id'), ['community_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_rooms_platform_id'), ['platform_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_rooms_topic'), ['topic'], unique=False)

    op.create_table('inbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('platform_id', sa.String(), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('quote', sa.Text(), nullable=True),
    sa.Column('photo', sa.String(), nullable=True),
    sa.Column('directed', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=True),
    sa.Column('issue', sa.Integer(), nullable=True),
    sa.Column('forget_at', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('account', 'place', 'platform_id', 'resident_id', name='inbox_once')
    )
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.create_index('inbox_recent', ['room_id', 'resident_id', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inbox_forget_at'), ['forget_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inbox_resident_id'), ['resident_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inbox_state'), ['state'], unique=False)

    op.create_table('issues',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('community_id', sa.String(), nullable=False),
    sa.Column('grid_id', sa.String(), nullable=True),
    sa.Column('estate', sa.String(), nullable=False),
    sa.Column('building', sa.String(), nullable=True),
    sa.Column('unit', sa.String(), nullable=True),
    sa.Column('room', sa.String(), nullable=True),
    sa.Column('landmark', sa.String(), nullable=True),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('matter', sa.String(), nullable=True),
    sa.Column('intent', sa.String(), nullable=False),
    sa.Column('urgency', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('worker_id', sa.String(), nullable=True),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('declined', sa.JSON(), nullable=False),
    sa.Column('source_room_id', sa.Integer(), nullable=True),
    sa.Column('reporter_id', sa.Integer(), nullable=True),
    sa.Column('summary', sa.String(), nullable=False),
    sa.Column('confidence', sa.Float(), nullable=False),
    sa.Column('embedding', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('dispatched_at', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('accepted_at', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('handled_at', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('closed_at', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('due_at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('clock_from', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('clock_seconds', sa.Integer(), nullable=False),
    sa.Column('paused_at', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('plan_date', sa.Date(), nullable=True),
    sa.Column('overdue', sa.Boolean(), nullable=False),
    sa.Column('escalation', sa.Integer(), nullable=False),
    sa.Column('rework', sa.Integer(), nullable=False),
    sa.Column('extensions', sa.Integer(), nullable=False),
    sa.Column('waits', sa.Integer(), nullable=False),
    sa.Column('rating', sa.String(), nullable=True),
    sa.Column('probably_solved', sa.Boolean(), nullable=False),
    sa.Column('result', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('merged_into', sa.Integer(), nullable=True),
    sa.Column('status_before', sa.String(), nullable=True),
    sa.Column('earlier', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], ),
    sa.ForeignKeyConstraint(['grid_id'], ['grids.id'], ),
    sa.ForeignKeyConstraint(['reporter_id'], ['residents.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['source_room_id'], ['rooms.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['workers.id'], ),
    sa.PrimaryKeyConstraint('number')
    )
    with op.batch_alter_table('issues', schema=None) as batch_op:
        batch_op.create_index('issues_created', ['community_id', 'created_at'], unique=False)
        batch_op.create_index('issues_due', ['community_id', 'due_at', 'number'], unique=False)
        batch_op.create_index('issues_estate', ['estate', 'status'], unique=False)
        batch_op.create_index('issues_numbered', ['community_id', 'number'], unique=False)
        batch_op.create_index('issues_open', ['community_id', 'status'], unique=False)
        batch_op.create_index('issues_place', ['community_id', 'estate', 'building', 'number'], unique=False)
        batch_op.create_index('issues_room', ['source_room_id', 'number'], unique=False)
        batch_op.create_index('issues_state', ['status'], unique=False)
        batch_op.create_index('issues_worker', ['worker_id', 'status'], unique=False)

    op.create_table('memberships',
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], ),
    sa.PrimaryKeyConstraint('resident_id', 'room_id')
    )
    op.create_table('outgoing',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('contact', sa.String(), nullable=True),
    sa.Column('mentions', sa.JSON(), nullable=False),
    sa.Column('issue', sa.Integer(), nullable=True),
    sa.Column('urgency', sa.String(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('image', sa.String(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('created_at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('not_before', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('account', sa.String(), nullable=True),
    sa.Column('leased_by', sa.String(), nullable=True),
    sa.Column('leased_until', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('sent_at', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('platform_id', sa.String(), nullable=True),
    sa.Column('error', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('outgoing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outgoing_issue'), ['issue'], unique=False)
        batch_op.create_index('outgoing_due', ['state', 'not_before'], unique=False)
        batch_op.create_index('outgoing_sent', ['account', 'sent_at'], unique=False)

    op.create_table('helpers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('issue', sa.Integer(), nullable=False),
    sa.Column('worker_id', sa.String(), nullable=False),
    sa.Column('asked_at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('due_at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('handled_at', storage.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('result', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['issue'], ['issues.number'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('issue', 'worker_id', name='helper_once')
    )
    with op.batch_alter_table('helpers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_helpers_issue'), ['issue'], unique=False)
        batch_op.create_index(batch_op.f('ix_helpers_worker_id'), ['worker_id'], unique=False)

    op.create_table('reports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('issue', sa.Integer(), nullable=False),
    sa.Column('heard_id', sa.Integer(), nullable=True),
    sa.Column('resident_id', sa.Integer(), nullable=True),
    sa.Column('reporter_key', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('platform_id', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('household', sa.String(), nullable=True),
    sa.Column('photo', sa.String(), nullable=True),
    sa.Column('merged_from', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['issue'], ['issues.number'], ),
    sa.ForeignKeyConstraint(['resident_id'], ['residents.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('heard_id', 'issue', name='report_once')
    )
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reports_issue'), ['issue'], unique=False)
        batch_op.create_index('reports_resident', ['resident_id', 'at'], unique=False)

    op.create_table('timers',
    sa.Column('issue', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('at', storage.columns.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['issue'], ['issues.number'], ),
    sa.PrimaryKeyConstraint('issue', 'kind')
    )
    with op.batch_alter_table('timers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_timers_at'), ['at'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('timers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_timers_at'))

    op.drop_table('timers')
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.drop_index('reports_resident')
        batch_op.drop_index(batch_op.f('ix_reports_issue'))

    op.drop_table('reports')
    with op.batch_alter_table('helpers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_helpers_worker_id'))
        batch_op.drop_index(batch_op.f('ix_helpers_issue'))

    op.drop_table('helpers')
    with op.batch_alter_table('outgoing', schema=None) as batch_op:
        batch_op.drop_index('outgoing_sent')
        batch_op.drop_index('outgoing_due')
        batch_op.drop_index(batch_op.f('ix_outgoing_issue'))

    op.drop_table('outgoing')
    op.drop_table('memberships')
    with op.batch_alter_table('issues', schema=None) as batch_op:
        batch_op.drop_index('issues_worker')
        batch_op.drop_index('issues_state')
        batch_op.drop_index('issues_room')
        batch_op.drop_index('issues_place')
        batch_op.drop_index('issues_open')
        batch_op.drop_index('issues_numbered')
        batch_op.drop_index('issues_estate')
        batch_op.drop_index('issues_due')
        batch_op.drop_index('issues_created')

    op.drop_table('issues')
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inbox_state'))
        batch_op.drop_index(batch_op.f('ix_inbox_resident_id'))
        batch_op.drop_index(batch_op.f('ix_inbox_forget_at'))
        batch_op.drop_index('inbox_recent')

    op.drop_table('inbox')
    with op.batch_alter_table('rooms', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rooms_topic'))
        batch_op.drop_index(batch_op.f('ix_rooms_platform_id'))
        batch_op.drop_index(batch_op.f('ix_rooms_community_id'))

    op.drop_table('rooms')
    with op.batch_alter_table('grids', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_grids_community_id'))

    op.drop_table('grids')
    with op.batch_alter_table('workers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_workers_contact'))

    op.drop_table('workers')
    with op.batch_alter_table('ways_in', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ways_in_until'))

    op.drop_table('ways_in')
    with op.batch_alter_table('sittings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sittings_until'))

    op.drop_table('sittings')
    op.drop_table('runs')
    op.drop_table('residents')
    with op.batch_alter_table('pending', schema=None) as batch_op:
        batch_op.drop_index('pending_contact')
        batch_op.drop_index(batch_op.f('ix_pending_issue'))

    op.drop_table('pending')
    op.drop_table('marks')
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.drop_index('events_issue')
        batch_op.drop_index('events_at')

    op.drop_table('events')
    op.drop_table('corrections')
    op.drop_table('communities')
    op.drop_table('accesses')
    with op.batch_alter_table('absences', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_absences_worker_id'))

    op.drop_table('absences')
