import { inlineCode } from '../shell/inline-code.ts';
import { optionValues, readOptions } from '../shell/options.ts';
import type { ProgramCall } from '../shell/program-call.ts';
import type { CommandRule } from './rule.ts';

export const MAIL_RULES: readonly CommandRule[] = [
  {
    id: 'send-mail',
    category: 'mail',
    says: 'sending mail',
    programs: [
      'sendmail',
      'mail',
      'mailx',
      's-nail',
      'mutt',
      'neomutt',
      'msmtp',
      'ssmtp',
      'swaks',
      'exim',
      'exim4',
      'send-mailmessage',
      'himalaya',
    ],
    matches: sends,
    positives: [
      'sendmail a@example.com < body.txt',
      'echo hi | mail -s subject a@example.com',
      'swaks --to a@example.com',
      'mutt -s x a@example.com',
    ],
    negatives: ['mail -H', 'sendmail -bp', 'git log --author mail', 'mutt'],
  },
  {
    id: 'send-mail-by-service',
    category: 'mail',
    says: 'sending mail through a service',
    programs: ['curl', 'aws', 'python', 'node', 'perl', 'ruby'],
    matches: (call) => {
      if (call.program === 'aws')
        return call.args.some((arg) => /^send-(?:raw-|templated-|bulk-)?(?:templated-)?email$/.test(arg));
      if (call.program !== 'curl')
        return inlineCode(call).some((code) => /smtplib|nodemailer|Net::SMTP|sendmail\s*\(/.test(code));
      const urls = call.args.filter((arg) => /^(?:smtps?|https?):\/\//i.test(arg));
      return optionValues(call.args, ['--mail-rcpt']).length > 0 || urls.some((url) => MAIL_URL.test(url));
    },
    positives: [
      'curl smtp://mail.example.com --mail-from a@example.com --mail-rcpt b@example.com -T mail.txt',
      'curl -X POST https://api.sendgrid.com/v3/mail/send -d @mail.json',
      'aws ses send-email --to a@example.com',
      `python3 -c "import smtplib; smtplib.SMTP('h').sendmail('a', 'b', 'c')"`,
    ],
    negatives: ['curl https://example.com/mail', 'aws ses list-identities', 'python3 send.py'],
  },
];

const MAIL_URL =
  /^smtps?:|\/\/api\.(?:eu\.)?(?:sendgrid\.com\/v3\/mail\/send|mailgun\.net\/v3\/[^/]+\/messages|postmarkapp\.com\/email|resend\.com\/emails|brevo\.com\/v3\/smtp)/i;

function sends({ program, args }: ProgramCall): boolean {
  const { operands } = readOptions(args, ['-s', '-a', '-c', '-b', '-r', '-A', '-F', '-f', '-i']);
  if (program === 'swaks' || program === 'send-mailmessage') return true;
  if (program === 'himalaya') return args.some((arg) => /^(?:send|write|reply|forward)$/.test(arg));
  if (args.some((arg) => /^-b[pisdhm]$/.test(arg))) return args.includes('-bm');
  return (
    operands.some((word) => word.includes('@')) || optionValues(args, ['-s', '-t']).length > 0 || args.includes('-t')
  );
}
