/** Head of every answer that is bytes. Always as an attachment: what a user made must never run in a browser. */
export const ATTACHMENT_HEAD = {
  "content-type": "application/octet-stream",
  "content-disposition": "attachment",
  "content-security-policy": "sandbox",
  "cache-control": "private, no-cache",
} as const;

/** The same, of bytes of which a part can be asked for. */
export const RANGED_ATTACHMENT_HEAD = { ...ATTACHMENT_HEAD, "accept-ranges": "bytes" } as const;
