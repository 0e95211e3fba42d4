// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the negatives show templates as they are written.
import type { SecretRule } from '../rule.ts';
import { sample } from '../sample.ts';

/** What stands for a password in documentation: a variable, a template, a telling word. */
const PLACEHOLDER =
  '\\$[A-Z_({]|[<{]|%[A-Z_]{1,30}%|\\*{3}|\\[|' +
  '(?:[Pp]assword|PASSWORD|passwd|[Pp]ass|PASS|pwd|secret|(?:your|my)[-_]?passw(?:or)?d|YOUR_\\w{1,30}|REPLACE_\\w{1,30}|changeme|example|root|admin|user|username|x{3,40})@';

const NOT_LOOPBACK = '(?!localhost|127\\.|\\[::1\\]|0\\.0\\.0\\.0|host\\.docker)';
const LOOPBACK = '(?=localhost|127\\.|\\[::1\\]|0\\.0\\.0\\.0|host\\.docker)';

/**
 * A password in the user part of a URL: no placeholder, and not the user's own name again. `schemes` are lower case
 * and match in any case. On a loopback host a password is for review only, as every tutorial has one.
 */
function urlPattern(schemes: string, host = NOT_LOOPBACK): RegExp {
  const anyCase = schemes.replace(/(?<!\\)[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
  return new RegExp(
    `(?:${anyCase})://(?!([^:@/\\s]{1,100}):\\1@)[^:@/\\s"'\`<>{}$]{0,100}:(?!${PLACEHOLDER})([^@/\\s"'\`]{4,200})@${host}[\\w.\\[-]`,
  );
}

const DATABASE_SCHEMES = 'postgres(?:ql)?(?:\\+\\w{1,12})?';

/** Passwords in URLs: databases, queues, mail, files and the web. */
export const URL_RULES: readonly SecretRule[] = [
  {
    id: 'postgres-url',
    vendor: 'PostgreSQL',
    keywords: ['postgres'],
    pattern: urlPattern(DATABASE_SCHEMES),
    entropyFloor: 0.5,
    tier: 'deny',
    contextual: true,
    positives: [
      `postgres://app:${sample('alnum', 16)}@db.internal:5432/app`,
      `postgresql://svc:${sample('alnum', 12)}@10.0.0.5/x`,
      `postgresql+asyncpg://u:${sample('alnum', 9)}@db/x`,
    ],
    negatives: [
      'postgres://localhost/app',
      'postgres://postgres:postgres@db:5432/app',
      'postgres://user:${PASSWORD}@db/app',
      'postgres://user:password@host/db',
    ],
  },
  {
    id: 'mysql-url',
    vendor: 'MySQL, MariaDB',
    keywords: ['mysql', 'mariadb'],
    pattern: urlPattern('(?:mysqlx?|mariadb)(?:\\+\\w{1,12})?'),
    entropyFloor: 0.5,
    tier: 'deny',
    contextual: true,
    positives: [
      `mysql://app:${sample('alnum', 16)}@db.internal:3306/app`,
      `mysql+pymysql://u:${sample('alnum', 9)}@db/x`,
    ],
    negatives: ['mysql://root:root@db/app', 'mysql://user:<password>@db/app'],
  },
  {
    id: 'mongodb-url',
    vendor: 'MongoDB',
    keywords: ['mongodb'],
    pattern: urlPattern('mongodb(?:\\+srv)?'),
    entropyFloor: 0.5,
    tier: 'deny',
    contextual: true,
    positives: [
      `mongodb+srv://app:${sample('alnum', 16)}@cluster0.abcde.mongodb.net/app`,
      `mongodb://u:${sample('alnum', 8)}@m1,m2/x`,
    ],
    negatives: [
      'mongodb://localhost:27017',
      'mongodb+srv://<user>:<password>@cluster0.mongodb.net',
      'mongodb://user:pass@host/db',
    ],
  },
  {
    id: 'redis-url',
    vendor: 'Redis',
    keywords: ['redis'],
    pattern: urlPattern('(?:rediss?|valkeys?)'),
    entropyFloor: 0.5,
    tier: 'deny',
    contextual: true,
    positives: [
      `rediss://default:${sample('alnum', 24)}@eu1.upstash.io:6379`,
      `redis://:${sample('alnum', 16)}@cache:6379/0`,
    ],
    negatives: ['redis://localhost:6379', 'redis://cache:6379/0', 'redis://:${REDIS_PASSWORD}@cache:6379'],
  },
  {
    id: 'amqp-url',
    vendor: 'RabbitMQ, NATS, Kafka, MQTT',
    keywords: ['amqp', 'nats:', 'mqtt', 'stomp'],
    pattern: urlPattern('(?:amqps?|nats|mqtts?|stomp)'),
    entropyFloor: 0.5,
    tier: 'deny',
    contextual: true,
    positives: [
      `amqps://app:${sample('alnum', 16)}@rabbit.internal/vhost`,
      `nats://u:${sample('alnum', 10)}@nats:4222`,
    ],
    negatives: ['amqp://guest:guest@rabbit:5672', 'mqtt://broker:1883'],
  },
  {
    id: 'database-url',
    vendor: 'Other databases',
    keywords: [
      'mssql',
      'sqlserver',
      'oracle:',
      'clickhouse',
      'cockroach',
      'couchdb',
      'neo4j',
      'bolt:',
      'snowflake:',
      'cassandra',
      'elasticsearch:',
      'influx',
    ],
    pattern: urlPattern(
      '(?:mssql|sqlserver|oracle|clickhouses?|cockroachdb|couchdbs?|neo4j|bolt|snowflake|cassandra|elasticsearch|influxdb)(?:\\+\\w{1,12})?',
    ),
    entropyFloor: 0.5,
    tier: 'deny',
    contextual: true,
    positives: [
      `clickhouse://default:${sample('alnum', 16)}@ch.internal:8443/app`,
      `mssql+pyodbc://sa:${sample('alnum', 12)}@sql/x`,
    ],
    negatives: ['neo4j://localhost:7687', 'clickhouse://default:@ch/app'],
  },
  {
    id: 'jdbc-password',
    vendor: 'JDBC, ADO.NET',
    keywords: ['jdbc:', 'server=', 'data source=', 'host='],
    pattern:
      /(?:jdbc:[a-z0-9]{2,16}:|server=|data source=|host=)[^"'`\n]{3,200}?[?&;: ](?:password|pwd)=(?!["'`]?(?:[$<{%*[(]|password|passwd|pass|pwd|secret|your|my|changeme|example|x{3}|\.{3}))([^;&\s"'`]{4,200})/i,
    entropyFloor: 1.5,
    tier: 'deny',
    contextual: true,
    positives: [
      `jdbc:sqlserver://sql:1433;user=sa;password=${sample('alnum', 14)}`,
      `Server=db;Database=app;User Id=sa;Password=${sample('alnum', 14)};`,
      `host=db user=app password=${sample('alnum', 14)} dbname=app`,
    ],
    negatives: [
      'jdbc:postgresql://db/app?user=u&password=${PW}',
      'Server=db;Integrated Security=true',
      'host=db user=app password=changeme',
    ],
  },
  {
    id: 'mail-url',
    vendor: 'SMTP, IMAP, LDAP',
    keywords: ['smtp', 'imap', 'ldap'],
    pattern: urlPattern('(?:smtps?|imaps?|ldaps?)'),
    entropyFloor: 0.5,
    tier: 'deny',
    contextual: true,
    positives: [`smtps://mailer:${sample('alnum', 14)}@mail.internal:465`],
    negatives: ['smtp://localhost:25', 'ldap://directory.internal:389'],
  },
  {
    id: 'url-credentials',
    vendor: 'RFC 3986',
    keywords: ['http', 'ftp', 'ssh:', 'socks', 'wss:', 'git:'],
    pattern: urlPattern('(?:https?|ftps?|sftp|ssh|socks5?h?|wss?|git)'),
    entropyFloor: 0.5,
    tier: 'deny',
    contextual: true,
    positives: [
      `https://deploy:${sample('alnum', 16)}@git.internal/app.git`,
      `ftp://backup:${sample('alnum', 10)}@files.internal/x`,
      `https://oauth2:${sample('alnum', 20)}@gitlab.example.com/a/b.git`,
    ],
    negatives: [
      'https://example.com:8443/a@b',
      'https://user:password@example.com',
      'http://user:pass@proxy:3128',
      'https://${USER}:${TOKEN}@host.example',
    ],
  },
  {
    id: 'loopback-url-credentials',
    vendor: 'RFC 3986',
    keywords: ['postgres', 'mysql', 'mariadb', 'mongodb', 'redis', 'amqp', 'http'],
    pattern: urlPattern('(?:postgres(?:ql)?|mysqlx?|mariadb|mongodb|rediss?|amqps?|https?)(?:\\+\\w{1,12})?', LOOPBACK),
    entropyFloor: 0.5,
    tier: 'review',
    contextual: true,
    positives: [
      `postgres://dev:${sample('alnum', 12)}@localhost:5432/app`,
      `mongodb://u:${sample('alnum', 8)}@127.0.0.1/x`,
    ],
    negatives: [
      'postgres://postgres:postgres@localhost:5432/app',
      'redis://localhost:6379',
      `postgres://dev:${sample('alnum', 12)}@db.internal/app`,
    ],
  },
  {
    // `https://<token>:x-oauth-basic@github.com/`: the token stands where the user name belongs.
    id: 'github-url-token',
    vendor: 'GitHub',
    keywords: ['x-oauth-basic', 'x-access-token'],
    pattern: /(?:(?<=:\/\/[A-Za-z0-9_]{8,255}:)x-oauth-basic@|x-access-token:(?![$<{%*])([A-Za-z0-9_.-]{8,255})@)/,
    entropyFloor: 0.5,
    reachesBack: /[A-Za-z0-9_:]/,
    tier: 'deny',
    positives: [
      `https://${sample('hex', 40)}:x-oauth-basic@github.com/acme/app`,
      `https://x-access-token:${sample('alnum', 40)}@github.com/acme/app`,
    ],
    negatives: ['https://x-access-token:${{ github.token }}@github.com/acme/app', 'x-oauth-basic is deprecated'],
  },
];
