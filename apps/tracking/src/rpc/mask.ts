import { invalidField } from "@throughline/kernel";

/**
 * The fields that an update changes: those that the mask names (`*` for all), or, without a mask, those that are set.
 * Fails with INVALID_FIELD for a path that cannot be updated.
 */
export function maskedFields<Field extends string>(
  paths: readonly string[] | undefined,
  /** Every field that can be updated, and whether it is set in the message. */
  fields: Readonly<Record<Field, boolean>>,
): ReadonlySet<Field> {
  const updatable = Object.keys(fields) as Field[];
  if (paths === undefined || paths.length === 0) return new Set(updatable.filter((it) => fields[it]));
  if (paths.includes("*")) return new Set(updatable);
  return new Set(
    paths.map((path) => {
      const field = updatable.find((it) => it === path);
      if (field === undefined)
        throw invalidField("update_mask", `"${path}" cannot be updated: name some of ${updatable.join(", ")}`);
      return field;
    }),
  );
}
