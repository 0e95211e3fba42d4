import { describe, expect, it } from 'vitest';
import { conversionHeader, createLosses } from './losses.ts';

function report(dropped: readonly string[], changed: readonly string[] = []) {
  const losses = createLosses();
  for (const at of dropped) losses.drop(at);
  for (const at of changed) losses.change(at);
  return losses.report();
}

describe('what a translation could not carry', () => {
  it('is told once for each place, in order', () => {
    expect(report(['top_k', 'seed', 'top_k'], ['temperature'])).toEqual({
      dropped: ['top_k', 'seed'],
      changed: ['temperature'],
    });
  });

  it('is bounded, however much it is', () => {
    const places = Array.from({ length: 1_000 }, (_, index) => `messages[${index}]`);
    expect(report(places).dropped).toHaveLength(200);
  });
});

describe('the header that tells it', () => {
  it.each([
    [report([]), 'lossless'],
    [
      report(['top_k', 'messages[3].content[0].cache_control']),
      'lossy; dropped=top_k,messages[3].content[0].cache_control',
    ],
    [report([], ['temperature']), 'lossy; changed=temperature'],
    [report(['a'], ['b']), 'lossy; dropped=a; changed=b'],
  ])('of %j is %s', (losses, header) => {
    expect(conversionHeader(losses)).toBe(header);
  });

  it('holds nothing that a header may not, and nothing that could be taken for another place', () => {
    expect(conversionHeader(report(['a,b;c=d\r\nx: y\u{1f600}']))).toBe('lossy; dropped=a?b?c?d??x:?y??');
  });

  it('is no longer than a header may be', () => {
    const long = Array.from({ length: 200 }, (_, index) => `${'x'.repeat(300)}${index}`);
    const header = conversionHeader(report(long, long));
    expect(header.length).toBeLessThanOrEqual(2_100);
    expect(header).toMatch(/^lossy; dropped=x+,.*,\.\.\.; changed=x+,.*,\.\.\.$/);
  });
});
