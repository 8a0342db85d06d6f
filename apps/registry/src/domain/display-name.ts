import { invalidField } from "@throughline/kernel";

/** In characters, as MLflow counts. */
const LENGTH_MAX = 256;
/** Control characters, and those that change the direction in which text is shown. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** A display name in normal form C, so that two spellings of one text are one name. Fails with INVALID_FIELD. */
export function displayNameOf(text: string, path: string): string {
  const name = text.normalize("NFC");
  if (name.trim() === "") throw invalidField(path, "it is empty. Give the model a name");
  if ([...name].length > LENGTH_MAX) throw invalidField(path, `it has more than ${LENGTH_MAX} characters`);
  if (/[/:]/.test(name))
    throw invalidField(path, "it has a / or a :, which stand for other things in addresses of models");
  if (UNSEEN.test(name)) throw invalidField(path, "it has control characters, which nobody can see");
  return name;
}
