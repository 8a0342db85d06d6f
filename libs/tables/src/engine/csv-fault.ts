import { createReadStream } from "node:fs";

/**
 * Where a file stops to be CSV, for a person: the first line with another number of fields than the heading, or the one with a quote that
 * nothing closes. Undefined if it is neither. It is read only after the engine has refused a file without telling where.
 */
export async function csvFault(path: string, delimiter = ","): Promise<string | undefined> {
  const lines = lineReader(delimiter);
  for await (const piece of createReadStream(path, { encoding: "utf8" })) {
    for (const character of piece as string) {
      const fault = lines.take(character);
      if (fault !== undefined) return fault;
    }
  }
  return lines.end();
}

/** Takes the characters of a file one by one, and tells the first fault. */
function lineReader(delimiter: string) {
  let headingFields = 0;
  let [line, began, fields, length] = [1, 1, 1, 0];
  let isQuoted = false;
  let last = "";
  const endRow = (): string | undefined => {
    const found = { began, fields, isEmpty: length === 0 };
    [began, fields, length] = [line, 1, 0];
    if (found.isEmpty) return undefined;
    if (headingFields === 0) headingFields = found.fields;
    if (found.fields === headingFields) return undefined;
    return `line ${found.began}: it has ${counted(found.fields)}, and the heading ${counted(headingFields)}`;
  };
  return {
    take(character: string): string | undefined {
      const before = last;
      last = character;
      const isEnd = character === "\n" || character === "\r";
      // A line may end in both.
      const isSecondHalf = character === "\n" && before === "\r";
      if (isEnd && !isSecondHalf) line += 1;
      if (isEnd && !isQuoted) {
        if (!isSecondHalf) return endRow();
        began = line;
        return undefined;
      }
      length += 1;
      // Two quotes that stand for one close the field and open it again.
      if (character === '"') isQuoted = !isQuoted;
      else if (character === delimiter && !isQuoted) fields += 1;
      return undefined;
    },
    end: (): string | undefined =>
      isQuoted ? `line ${began}: a quote of the row that begins there is not closed` : endRow(),
  };
}

const counted = (fields: number): string => `${fields} field${fields === 1 ? "" : "s"}`;
