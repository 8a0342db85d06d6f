import { openTelemetry } from "@throughline/telemetry";
import { expect, test } from "vitest";
import { measureHosts } from "./host-metrics.ts";
import { hostTotals } from "./host-totals.ts";

test("a scrape tells what each model is doing, and what it has refused and why", async () => {
  const telemetry = openTelemetry({ serviceName: "inference-router" });
  const digest = `sha256:${"a1".repeat(32)}` as const;
  const doing = { processes: 2, residentBytes: 1_000, rowsWaiting: 7, isAsleep: false, isQuarantined: true };
  const totals = { ...hostTotals(), requests: 5, runs: 2, queueMs: 1_500, deaths: 3 };
  const refusals = new Map([["QUEUE_FULL", 4]]);
  const online = { project: "p", digest, ...doing, totals, refusals };
  const batch = { ...online, work: "batch" as const, rowsWaiting: 70 };
  measureHosts(telemetry.meter, { states: () => [online, batch] });
  const text = await telemetry.prometheus();
  await telemetry.close();
  const value = (name: string, labels = ""): string | undefined =>
    new RegExp(`^${name}\\{project="p",model="sha256:a1a1a1a1a1a1a1a1"${labels}[^}]*\\} (\\S+)`, "m").exec(text)?.[1];
  expect(value("throughline_model_processes")).toBe("2");
  expect(value("throughline_model_rows_waiting")).toBe("7");
  expect(value("throughline_model_rows_waiting", ',work="batch"')).toBe("70");
  expect(value("throughline_model_quarantined")).toBe("1");
  expect(value("throughline_model_requests_total")).toBe("5");
  expect(value("throughline_model_runs_total")).toBe("2");
  expect(value("throughline_model_queue_seconds_total")).toBe("1.5");
  expect(value("throughline_model_deaths_total")).toBe("3");
  expect(value("throughline_model_refusals_total", ',reason="QUEUE_FULL"')).toBe("4");
});
