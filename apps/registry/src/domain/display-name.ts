import { invalidField } from "@throughline/kernel";

const BYTES_MAX = 250;
/** Control characters, and those that change the direction in which text is shown. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** A display name in normal form C, so that two spellings of one text are one name. Fails with INVALID_FIELD. */
export function displayNameOf(text: string, path: string): string {
  const name = text.normalize("NFC");
  if (name.trim() === "") throw invalidField(path, "it is empty. Give the model a name");
  if (Buffer.byteLength(name) > BYTES_MAX) throw invalidField(path, `it has more than ${BYTES_MAX} bytes`);
  if (/[/:]/.test(name))
    throw invalidField(path, "it has a / or a :, which stand for other things in addresses of models");
  if (UNSEEN.test(name)) throw invalidField(path, "it has control characters, which nobody can see");
  return name;
}
