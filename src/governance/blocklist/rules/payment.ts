import { readOptions } from '../shell/options.ts';
import type { CommandRule } from './rule.ts';

const MONEY = 'charges|payment_intents|refunds|payouts|transfers|topups|checkout/sessions|subscriptions|invoices';
const MONEY_URL = new RegExp(
  `//(?:api\\.stripe\\.com/v1/(?:${MONEY})|api(?:-m)?\\.paypal\\.com/v\\d/(?:payments|checkout/orders|billing)|` +
    'connect\\.squareup\\.com/v2/payments|api\\.transferwise\\.com|api\\.wise\\.com|api\\.adyen\\.com)',
  'i',
);

export const PAYMENT_RULES: readonly CommandRule[] = [
  {
    id: 'pay-by-program',
    category: 'payment',
    says: 'moving money',
    programs: ['stripe', 'paypal', 'bitcoin-cli', 'solana', 'spl-token', 'cast', 'lncli', 'monero-wallet-cli', 'geth'],
    matches: ({ program, args }) => {
      const [noun = '', verb = ''] = readOptions(args).operands;
      if (program === 'stripe' || program === 'paypal') {
        return (
          new RegExp(`^(?:${MONEY})$`).test(noun) && /^(?:create|confirm|capture|pay|finalize_invoice)$/.test(verb)
        );
      }
      return /^(?:send\w*|transfer|pay\w*|payinvoice|sendtoaddress)$/i.test(noun);
    },
    positives: [
      'stripe charges create --amount 100',
      'stripe refunds create --charge x',
      'bitcoin-cli sendtoaddress x 1',
      'cast send 0x1 --value 1ether',
    ],
    negatives: ['stripe charges list', 'stripe listen', 'bitcoin-cli getbalance', 'cast call 0x1'],
  },
  {
    id: 'pay-by-http',
    category: 'payment',
    says: 'moving money through the API of a payment provider',
    programs: ['curl', 'wget', 'http', 'https', 'xh', 'invoke-restmethod', 'irm'],
    matches: ({ args }) => {
      const posts = args.some((arg) => /^(?:-d|--data|--data-\w+|-F|--json|POST|-XPOST|-XPUT|--post-data)/.test(arg));
      return posts && args.some((arg) => MONEY_URL.test(arg));
    },
    positives: [
      'curl https://api.stripe.com/v1/charges -u k: -d amount=2000',
      'curl -X POST https://api.stripe.com/v1/refunds',
    ],
    negatives: ['curl https://api.stripe.com/v1/charges -u k:', 'curl -d x=1 https://example.com/charges'],
  },
];
