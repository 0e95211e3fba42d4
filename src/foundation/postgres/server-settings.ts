export type ServerSettings = Readonly<Record<string, string>>;

/**
 * Settings of the embedded PostgreSQL, each given on its command line.
 *
 * It shares a machine with the process it serves and has one client, so it is tuned for a small footprint. What keeps
 * its promises is untouched: fsync, full_page_writes and synchronous_commit stay on.
 */
export function serverSettings(port: number, majorVersion: number, overrides: ServerSettings): readonly string[] {
  const settings: ServerSettings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // A socket file's lock outlives kill -9 and would block the next start.
    unix_socket_directories: '',
    max_connections: '60',
    shared_buffers: '48MB',
    work_mem: '4MB',
    maintenance_work_mem: '32MB',
    wal_buffers: '1MB',
    min_wal_size: '32MB',
    max_wal_size: '512MB',
    // No replica hangs on an embedded database.
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_replication_slots: '0',
    // Fewer helper processes: no parallel queries, no logical replication, reads done by whoever needs them.
    max_worker_processes: '2',
    max_parallel_workers: '0',
    max_parallel_workers_per_gather: '0',
    max_logical_replication_workers: '0',
    ...(majorVersion >= 18 ? { io_method: 'sync' } : {}),
    jit: 'off',
    huge_pages: 'off',
    random_page_cost: '1.1',
    autovacuum_max_workers: '1',
    autovacuum_naptime: '30s',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // What a statement did wrong is told to whoever sent it; the log is for what befalls the server.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    log_autovacuum_min_duration: '-1',
    ...overrides,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
