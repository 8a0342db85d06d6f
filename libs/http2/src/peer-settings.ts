import { ConnectionError, ERROR, FRAME_BYTES_MAX, SETTING, WINDOW_BYTES_MAX } from "./protocol.ts";
import type { Sender } from "./sender.ts";

const ENTRY_BYTES = 6;
const FRAME_BYTES_LIMIT = 2 ** 24 - 1;

/**
 * Takes the other side's settings over (RFC 9113, section 6.5.2). Gives by how much the window of each open stream grows, or
 * shrinks if negative. Those that limit what servers ask of clients mean nothing to us.
 */
export function applySettings(payload: Buffer, sender: Sender): number {
  if (payload.byteLength % ENTRY_BYTES !== 0) throw new ConnectionError(ERROR.frameSize, "settings have 6 bytes each");
  const before = sender.streamWindow;
  for (let at = 0; at < payload.byteLength; at += ENTRY_BYTES)
    apply(payload.readUInt16BE(at), payload.readUInt32BE(at + 2), sender);
  return sender.streamWindow - before;
}

function apply(id: number, value: number, sender: Sender): void {
  if (id === SETTING.headerTableSize) sender.setTableBytesMax(value);
  if (id === SETTING.enablePush && value > 1) throw new ConnectionError(ERROR.protocol, "ENABLE_PUSH is 0 or 1");
  if (id === SETTING.initialWindowSize) {
    if (value > WINDOW_BYTES_MAX)
      throw new ConnectionError(ERROR.flowControl, "INITIAL_WINDOW_SIZE is beyond its limit");
    sender.streamWindow = value;
  }
  if (id === SETTING.maxFrameSize) {
    if (value < FRAME_BYTES_MAX || value > FRAME_BYTES_LIMIT)
      throw new ConnectionError(ERROR.protocol, "MAX_FRAME_SIZE is out of its limits");
    sender.frames.frameBytesMax = value;
  }
}
