/** What of a deployment's predictions is logged, and where: see the contract. 0 stands for what nobody gave. */
export interface LogPolicy {
  readonly sampleBasisPoints: number;
  readonly inlineBytesMax: number;
}
