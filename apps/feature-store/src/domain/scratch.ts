/** Files for one piece of work, gone when it ends. */
export interface ScratchFiles extends AsyncDisposable {
  /** An absolute path in the folder. `name` is ours, never a caller's. */
  path(name: string): string;
  /** The bytes of a file. */
  content(path: string): AsyncIterable<Uint8Array>;
}

/** Opens a new, empty folder for files in between. */
export type NewScratch = () => Promise<ScratchFiles>;
