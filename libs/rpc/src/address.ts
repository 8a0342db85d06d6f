/** Where something is served. */
export interface Address {
  readonly host: string;
  readonly port: number;
}
