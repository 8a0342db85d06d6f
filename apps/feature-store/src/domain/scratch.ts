/** Files for one piece of work, gone when it ends. */
export interface ScratchFiles extends AsyncDisposable {
  /** An absolute path in the folder. `name` is ours, never a caller's. */
  path(name: string): string;
  /**
   * The items of a source, which is read as fast as it gives them, however slow the reader is: what waits is in a file. Items
   * are plain data.
   */
  spool<T>(source: AsyncIterable<T>): AsyncIterable<T>;
  /** The bytes of a file. */
  content(path: string): AsyncIterable<Uint8Array>;
}

/** Opens a new, empty folder for files in between. */
export type NewScratch = () => Promise<ScratchFiles>;
