import type { Command } from "commander";

/** `throughline status`: whether a platform answers, and is ready. */
export function addStatus(program: Command): void {
  program
    .command("status")
    .description("tell whether the platform is ready")
    .option("--url <url>", "the gateway", "http://127.0.0.1:8080")
    .option("--json", "as JSON", false)
    .action(async ({ url, json }: { url: string; json: boolean }) => {
      if (!URL.canParse(url)) throw new Error(`--url ${url} is not a URL, such as http://127.0.0.1:8080`);
      const answer = await fetch(new URL("/readyz", url), { signal: AbortSignal.timeout(5_000) }).catch(
        (error: unknown) => ({
          ok: false,
          text: async () => `nothing answers at ${url}: start it with "throughline up" (${causeOf(error)})`,
        }),
      );
      const message = (await answer.text()).trim();
      process.stdout.write(json ? `${JSON.stringify({ url, ready: answer.ok, message })}\n` : `${url}: ${message}\n`);
      process.exitCode = answer.ok ? 0 : 1;
    });
}

const causeOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
