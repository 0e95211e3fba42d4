import { createHash } from 'node:crypto';
import { chmod, link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { messageOf, OperatingError, systemCodeOf } from '../errors.ts';
import type { IdSource } from '../ids.ts';
import { numberMember, parseTrustedJson, stringMember } from '../json.ts';
import { canEnter, firstEnterable, makePassage, type ServerUser, sharedRoots } from './server-user.ts';

/** What a home remembers of its PostgreSQL; stands in `cluster.json`, readable by its owner only. */
export type Cluster = {
  /** The directory that PostgreSQL calls PGDATA. */
  readonly dataDirectory: string;
  /** The TCP port of the last start, on loopback. */
  readonly port: number | undefined;
  /** Of the role `postgres`, which owns the cluster. */
  readonly superuserPassword: string;
  /** Of the role `systemprompt`, which owns the database and nothing else. */
  readonly applicationPassword: string;
};

export type ClusterRequest = {
  /** `<home>/postgres`. */
  readonly directory: string;
  readonly user: ServerUser | undefined;
  readonly temporaryDirectory: string;
  readonly ids: IdSource;
};

/** Reads the record of `directory`, or makes it. */
export async function openCluster(request: ClusterRequest): Promise<Cluster> {
  const { directory, user } = request;
  await makePassage(directory);
  // The server account must pass through to the data; what it must not read is 0600.
  if (user !== undefined) await chmod(directory, 0o711);
  const known = await readCluster(directory);
  if (known !== undefined) return known;
  const cluster: Cluster = {
    dataDirectory: await chooseDataDirectory(request),
    port: undefined,
    superuserPassword: request.ids.bytes(24).toString('hex'),
    applicationPassword: request.ids.bytes(24).toString('hex'),
  };
  await refuseForeignData(cluster.dataDirectory, directory);
  await makePassage(dirname(cluster.dataDirectory));
  // When another process was faster, its record counts.
  return (await createRecord(directory, cluster, request.ids)) ? cluster : openCluster(request);
}

export function recordFile(directory: string): string {
  return join(directory, 'cluster.json');
}

/** Replaces the record as one step. */
export async function writeCluster(directory: string, cluster: Cluster, ids: IdSource): Promise<void> {
  const unfinished = `${recordFile(directory)}.${ids.bytes(6).toString('hex')}`;
  await writeFile(unfinished, `${JSON.stringify(cluster, undefined, 2)}\n`, { mode: 0o600, flush: true });
  await rename(unfinished, recordFile(directory));
}

/** The record of a home, or undefined where there is none. */
export async function readCluster(directory: string): Promise<Cluster | undefined> {
  const path = recordFile(directory);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return parseCluster(text);
  } catch (error) {
    throw new OperatingError('internal', 'embedded_postgres_record', `cluster.json is damaged: ${messageOf(error)}`, {
      where: path,
      remedy: 'restore the file from a backup; deleting the whole home starts anew and loses its data',
    });
  }
}

function parseCluster(text: string): Cluster {
  const value = parseTrustedJson(text);
  const dataDirectory = stringMember(value, 'dataDirectory');
  const superuserPassword = stringMember(value, 'superuserPassword');
  const applicationPassword = stringMember(value, 'applicationPassword');
  if (dataDirectory === undefined || superuserPassword === undefined || applicationPassword === undefined) {
    throw new Error('a member is missing');
  }
  return { dataDirectory, port: numberMember(value, 'port'), superuserPassword, applicationPassword };
}

/** In the home when the server account can get there, otherwise in a shared place under a name made from the home's. */
async function chooseDataDirectory({ directory, user, temporaryDirectory, ids }: ClusterRequest): Promise<string> {
  const home = resolve(directory);
  if (await canEnter(home, user)) return join(home, 'data');
  const root = await firstEnterable(sharedRoots(home, temporaryDirectory), user);
  if (root === undefined) {
    throw new OperatingError('unavailable', 'embedded_postgres_unreachable', 'no place for the PostgreSQL data', {
      where: `${home}: PostgreSQL does not run as root, and the account it runs as cannot enter this directory`,
      remedy: `chmod o+x the directories above it, or run as an ordinary user, or set DATABASE_URL`,
    });
  }
  // The random part keeps a home that was deleted and made again apart from the data of its former life.
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16);
  return join(root, `${name}-${ids.bytes(4).toString('hex')}`, 'data');
}

/** Data without a record means that the record was lost: its passwords are the only way in. */
async function refuseForeignData(dataDirectory: string, directory: string): Promise<void> {
  const found = await readFile(join(dataDirectory, 'PG_VERSION')).catch(() => undefined);
  if (found === undefined) return;
  throw new OperatingError('conflict', 'embedded_postgres_record', 'there is a database, but cluster.json is missing', {
    where: recordFile(directory),
    remedy: 'restore the file from a backup; deleting the whole home starts anew and loses its data',
  });
}

/** False when a record already exists. */
async function createRecord(directory: string, cluster: Cluster, ids: IdSource): Promise<boolean> {
  const unfinished = `${recordFile(directory)}.${ids.bytes(6).toString('hex')}`;
  await writeFile(unfinished, `${JSON.stringify(cluster, undefined, 2)}\n`, { mode: 0o600, flush: true });
  try {
    await link(unfinished, recordFile(directory));
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(unfinished, { force: true });
  }
}
