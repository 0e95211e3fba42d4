// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the negatives show templates as they are written.
import type { SecretRule } from '../rule.ts';
import { sample } from '../sample.ts';

/** A word that says that the value beside it is none: `your-api-key-1`, `example123`. */
const PLACEHOLDER =
  '(?![/~.])(?![^\\s"\'`]{0,60}(?:your|example|placeholder|change_?me|dummy|fake|sample|test|todo|xxx|replace|insert|redacted|demo|foobar|\\.\\.\\.))';

/** Words, versions and years joined by dots and dashes: a name of something (`forms.password2.label`, `app-v2-2024`). */
const NAME =
  '(?!(?:[A-Za-z]{1,40}[0-9]?|v?[0-9]{1,4})(?:[._/-](?:[A-Za-z]{1,40}[0-9]?|v?[0-9]{1,4})){0,8}(?:["\'`\\s;,)&]|$))';

/** Members of objects: `ed25519.Ed25519PrivateKey`, `response2.data.token`. */
const MEMBER = '(?![A-Za-z_]\\w{0,40}(?:\\.[A-Za-z_]\\w{0,40}){1,6}(?:[\\s;,)&]|$))';

const NAMES =
  '(?:pass(?:word|wd|phrase)|pwd|api[_-]?key|secret(?:[_-]?key)?|token|credentials?|private_key|access_key)["\'`]?\\]?';

/** With a letter and a digit, of the characters that passwords and tokens have. */
const VALUE = '(?=[A-Za-z!@#%^&*_+~./-]{0,80}[0-9])(?=[0-9!@#%^&*_+~./-]{0,80}[A-Za-z])[A-Za-z0-9!@#%^&*_+~/.-]';

const GENERIC_KEYWORDS = [
  'password',
  'passwd',
  'passphrase',
  'pwd',
  'api_key',
  'apikey',
  'api-key',
  'secret',
  'token',
  'credential',
  'private_key',
  'access_key',
];

/**
 * What looks like a secret only because of the name beside it. Tier `review`: the configuration says what then.
 * A value is no reference (`$X`, `<x>`, `settings.x`), no call, no name and no placeholder.
 */
export const GENERIC_RULES: readonly SecretRule[] = [
  {
    id: 'generic-assignment',
    vendor: 'generic',
    keywords: GENERIC_KEYWORDS,
    pattern: new RegExp(
      `${NAMES}\\s{0,4}(?:=>|:=|=|:)\\s{0,4}(?:["'\`])${PLACEHOLDER}${NAME}(${VALUE}{10,160})["'\`]`,
      'i',
    ),
    entropyFloor: 2.9,
    tier: 'review',
    contextual: true,
    positives: [
      `password = "${sample('alnum', 16)}"`,
      `"client_secret": "${sample('alnum', 40)}"`,
      `db_passwd: '${sample('alnum', 12)}!'`,
      `const token = \`${sample('hex', 40)}\`;`,
    ],
    negatives: [
      'password = os.environ["PASSWORD_1"]',
      'const token = await getToken(user1)',
      'password: string',
      'secret: "${{ secrets.DEPLOY_KEY_2 }}"',
      'password = "changeme123"',
      'apiKey: "your-api-key-1234"',
      'label: t("forms.password2.label"), token: "access-token-v2"',
      'secretName: "app-tls-v2"',
    ],
  },
  {
    id: 'environment-assignment',
    vendor: 'generic',
    keywords: GENERIC_KEYWORDS,
    pattern: new RegExp(
      `${NAMES}(?:=|:\\s)${PLACEHOLDER}${NAME}${MEMBER}(${VALUE}{12,160})(?=["'\`]?(?:[\\s;,)&]|$))`,
      'i',
    ),
    entropyFloor: 3.2,
    mixed: true,
    tier: 'review',
    contextual: true,
    positives: [
      `API_KEY=${sample('alnum', 24)}`,
      `db_password: ${sample('alnum', 14)}`,
      `?access_token=${sample('alnum', 32)}&x=1`,
    ],
    negatives: [
      'token=$TOKEN1',
      'const token=user.token2;',
      'token=parseToken2(text)',
      'TOKEN_COUNT=4096',
      'password: minimum12characters',
    ],
  },
  {
    id: 'authorization-header',
    vendor: 'RFC 6750, RFC 7617',
    keywords: ['authorization', 'x-api-key', 'x-auth-token', 'private-token', 'x-vault-token'],
    pattern: new RegExp(
      `(?:authorization|x-api-key|x-auth-token|private-token|x-vault-token)["'\`]?\\s{0,3}[:=,]\\s{0,3}["'\`]?(?:(?:bearer|basic|token|apikey)\\s{1,3})?${PLACEHOLDER}((?=[A-Za-z~._/+-]{0,80}[0-9])[A-Za-z0-9~._/+-]{20,2000}={0,2})`,
      'i',
    ),
    entropyFloor: 3.2,
    tier: 'review',
    contextual: true,
    positives: [
      `Authorization: Bearer ${sample('alnum', 40)}`,
      `curl -H "X-Api-Key: ${sample('alnum', 32)}"`,
      `'Authorization': 'Basic ${sample('base64', 32)}'`,
    ],
    negatives: [
      'Authorization: Bearer $TOKEN',
      'Authorization: Bearer <your-token-here>',
      "headers['authorization']",
      'authorization: Bearer ${settings.TOKEN_V2}',
    ],
  },
  {
    id: 'command-line-password',
    vendor: 'generic',
    keywords: ['sshpass', '--password', '--passwd', '-u ', '--user '],
    pattern:
      /(?:sshpass -p ?|--passw(?:or)?d[= ]|(?<=curl [^\n]{0,200})(?:-u|--user) ?["']?[A-Za-z0-9._@-]{1,64}:)["']?((?=[A-Za-z!@#%^*_+~.-]{0,60}[0-9])(?=[0-9!@#%^*_+~.-]{0,60}[A-Za-z])[A-Za-z0-9!@#%^*_+~.-]{8,100})(?:["']|(?=\s|$))/,
    entropyFloor: 2.8,
    tier: 'review',
    contextual: true,
    positives: [
      `sshpass -p ${sample('alnum', 12)} ssh root@host`,
      `curl -u admin:${sample('alnum', 14)} https://host`,
      `mysqldump --password=${sample('alnum', 12)} app`,
    ],
    negatives: [
      'sshpass -p "$PASS" ssh host',
      'docker login --password-stdin',
      'docker run -u 1000:1000 image',
      'curl --user "$USER:$PASS" host',
    ],
  },
  {
    id: 'netrc-password',
    vendor: 'generic',
    keywords: ['machine '],
    pattern: /machine [\w.-]{3,120}\s{1,4}login [^\s]{1,100}\s{1,4}password ((?![$<[])[^\s]{6,200})/,
    tier: 'deny',
    positives: [`machine git.internal login ci password ${sample('alnum', 20)}`],
    negatives: ['machine learning login page password field', 'machine host login me password $PASS'],
  },
  {
    id: 'pgpass-line',
    vendor: 'PostgreSQL',
    keywords: ['pgpassword', 'mysql_pwd', 'redisauth', 'redis_password', 'postgres_password', 'mysql_root_password'],
    pattern:
      /(?:pgpassword|mysql_pwd|redisauth|redis_password|postgres_password|mysql_root_password)["']?\s{0,2}[:=]\s{0,2}["']?((?=[A-Za-z!@#%^*_+~.-]{0,60}[0-9])(?=[0-9!@#%^*_+~.-]{0,60}[A-Za-z])[A-Za-z0-9!@#%^*_+~.-]{8,100})/i,
    entropyFloor: 2.6,
    tier: 'review',
    contextual: true,
    positives: [`PGPASSWORD=${sample('alnum', 14)} psql -h db`, `POSTGRES_PASSWORD: ${sample('alnum', 10)}`],
    negatives: ['PGPASSWORD=$PW psql', 'POSTGRES_PASSWORD: postgres'],
  },
];
