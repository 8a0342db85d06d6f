import type { Clock } from "@throughline/kernel";
import type { WebhookSender } from "../domain/webhooks.ts";
import { guardedPost, type PostOptions } from "./guarded-post.ts";
import { messageOf } from "./message.ts";
import { isPublicAddress } from "./public-address.ts";
import { secretBox } from "./secret-box.ts";
import { type AllowedHost, webhookTarget } from "./webhook-address.ts";

/** How webhooks are reached. */
export interface SendingOptions extends PostOptions {
  readonly allowedHosts: readonly AllowedHost[];
  /** 32 bytes that encrypt the secrets in the database. Left out: they are stored as they are. */
  readonly secretKey?: Uint8Array;
}

/** Reaches webhooks over HTTPS. */
export function webhookSender(clock: Clock, options: SendingOptions): WebhookSender {
  const box = secretBox(options.secretKey);
  return {
    seal: (secret) => box.seal(secret),
    async problemOf(url) {
      const target = webhookTarget(url, options.allowedHosts);
      if ("problem" in target) return target.problem;
      if (target.allowed) return undefined;
      // A name that has no address today may have one tomorrow: it is looked up again for each delivery.
      const found = await options.resolve(target.hostname).catch(() => []);
      const inner = found.find((it) => !isPublicAddress(it));
      return inner === undefined ? undefined : `${target.hostname} has the address ${inner}, which is not a public one`;
    },
    async send({ webhook, ...told }, signal) {
      const target = webhookTarget(webhook.url, options.allowedHosts);
      if ("problem" in target) throw new Error(target.problem);
      const message = messageOf(told, { secret: box.open(webhook.secret), nowMs: clock.now() });
      return guardedPost({ target, ...message, ...(signal && { signal }) }, options);
    },
  };
}
