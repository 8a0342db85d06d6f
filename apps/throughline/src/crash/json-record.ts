import type { Json } from "@throughline/kernel";

export type JsonRecord = { readonly [key: string]: Json };

export const isRecord = (value: Json | undefined): value is JsonRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value);
