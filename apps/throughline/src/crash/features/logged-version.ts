/** A data version, as the log has it. */
export interface LoggedVersion {
  readonly number: number;
  readonly kind: string;
  /** All files that it brought. */
  readonly digests: readonly string[];
}
