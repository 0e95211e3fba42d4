import { resolve } from 'node:path';
import { OperatingError } from '#foundation/errors';

/** What the environment and the command line say before any file is read; options win over the environment. */
export type Settings = {
  readonly home: string;
  readonly services: string;
  readonly profile: string;
  /** Null where only the profile says. */
  readonly port: number | null;
  readonly host: string | null;
  readonly databaseUrl: string | null;
  readonly administratorEmail: string;
};

export type SettingOptions = {
  readonly home?: string | undefined;
  readonly services?: string | undefined;
  readonly profile?: string | undefined;
  readonly port?: string | undefined;
  readonly host?: string | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the program is and where it was called. */
export type Whereabouts = {
  readonly workingDirectory: string;
  /** The root of the checkout or of the installed package. */
  readonly root: string;
  /** A checkout keeps its own home, from wherever it is called; an installed package has one for each directory. */
  readonly isCheckout: boolean;
};

const HOME = '.systemprompt';

export function readSettings(options: SettingOptions, environment: Environment, whereabouts: Whereabouts): Settings {
  const { workingDirectory, root, isCheckout } = whereabouts;
  const home = options.home ?? environment.SYSTEMPROMPT_HOME ?? (isCheckout ? resolve(root, HOME) : HOME);
  const services = options.services ?? environment.SYSTEMPROMPT_SERVICES ?? resolve(root, 'services');
  return {
    home: resolve(workingDirectory, home),
    services: resolve(workingDirectory, services),
    profile: profileName(options.profile ?? environment.SYSTEMPROMPT_PROFILE ?? 'local'),
    port: portNumber(options.port ?? environment.SYSTEMPROMPT_PORT),
    host: options.host ?? environment.SYSTEMPROMPT_HOST ?? null,
    databaseUrl: databaseUrl(environment.DATABASE_URL),
    administratorEmail: environment.SYSTEMPROMPT_ADMIN_EMAIL ?? 'admin@localhost',
  };
}

function profileName(text: string): string {
  if (/^[\w-]{1,64}$/.test(text)) return text;
  throw new OperatingError('invalid_input', 'profile_name', `${JSON.stringify(text)} is not a profile name`, {
    remedy: 'use letters, digits, - and _',
  });
}

const PORT_MAX = 65_535;

function portNumber(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= PORT_MAX) return port;
  throw new OperatingError('invalid_input', 'port', `${JSON.stringify(text)} is not a port`, {
    remedy: `give a number from 0 to ${PORT_MAX}: npm start -- --port 8081`,
  });
}

/** Never says what it refuses: the address may hold a password. */
function databaseUrl(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol === 'postgres:' || protocol === 'postgresql:') return text;
  throw new OperatingError('invalid_input', 'database_url', 'DATABASE_URL is not the address of a PostgreSQL', {
    where: 'DATABASE_URL',
    remedy: 'write it as postgres://USER:PASSWORD@HOST:5432/DATABASE, or unset it to use the embedded one',
  });
}
