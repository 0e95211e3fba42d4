import type { JsonObject } from '#foundation/json';
import { isoTime } from '#foundation/time';
import type { SecretSummary, SecretVersion } from '#governance/secrets/secret-store';

export const SECRET_COLUMNS = ['name', 'version', 'created_at', 'versions_kept'] as const;

export function secretView(secret: SecretSummary): JsonObject {
  return { ...versionView(secret.name, secret), versions_kept: secret.versions.length };
}

export function versionView(name: string, { version, createdAtMs }: SecretVersion): JsonObject {
  return { name, version, created_at: isoTime(createdAtMs) };
}
