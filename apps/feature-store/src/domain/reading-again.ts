import { isDomainError } from "@throughline/kernel";

/**
 * Reads, and once more if a file was taken away meanwhile: rows of it were forgotten, and another one is in its place by now. `read`
 * looks for its files itself.
 */
export async function readingAgain<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isDomainError(error, "TABLE_FILE_UNREADABLE") && !isDomainError(error, "NOT_FOUND")) throw error;
    return read();
  }
}
