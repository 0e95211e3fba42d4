/** Every bound of this feature that is not a setting. Sizes are bytes, times milliseconds, the rest counts. */
export const MCP_LIMITS = {
  /** One JSON-RPC message of a child or of an HTTP upstream. */
  messageBytesMax: 10_485_760,
  /** Lines of a child's standard output that are no JSON-RPC before the child is given up. */
  garbageLinesMax: 1_000,
  /** What waits in the pipe to a child that does not read. */
  childBacklogBytesMax: 33_554_432,
  /** Messages of one batch; batches exist in revision 2025-03-26 only. */
  batchMessagesMax: 32,
  sessionsMax: 10_000,
  sessionsPerOwnerMax: 1_000,
  sessionIdleMs: 3_600_000,
  sessionSweepMs: 60_000,
  sessionInFlightMax: 64,
  connectionInFlightMax: 1_024,
  /** Requests of an upstream that wait for the client's answer. */
  serverRequestsMax: 32,
  /** A person may have to answer. */
  serverRequestTimeoutMs: 300_000,
  /** An answer that takes longer begins as an event stream, so that nothing between the two gives up. */
  quietMs: 15_000,
  /** A client that does not read is cut off here; notifications are dropped well before. */
  streamBacklogBytesMax: 16_777_216,
  notificationBacklogBytesMax: 1_048_576,
  toolNameCharactersMax: 200,
  methodCharactersMax: 100,
  /** What an execution's row keeps whole of an input or an output. */
  recordedBytesMax: 65_536,
  recordedHeadCharacters: 4_096,
  /** The kill ladder: standard input closed, then SIGTERM, then SIGKILL. */
  inputClosedGraceMs: 2_000,
  terminateGraceMs: 3_000,
  killGraceMs: 2_000,
  stderrRingBytesMax: 65_536,
  stderrLineBytesMax: 8_192,
  stderrFileBytesMax: 1_048_576,
  /** Back-off after the second failure in a row, doubled up to the maximum. */
  backoffMinMs: 500,
  backoffMaxMs: 60_000,
  /** How often a broken event stream of an HTTP upstream is taken up again. */
  resumeAttemptsMax: 5,
  resumeDelayMs: 1_000,
} as const;
