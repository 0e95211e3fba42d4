import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.ts';

const CHECKOUT = { workingDirectory: '/home/ada/clone/demo', root: '/home/ada/clone', isCheckout: true };
const PACKAGE = { workingDirectory: '/srv/agents', root: '/usr/lib/node_modules/systemprompt', isCheckout: false };

describe('the settings', () => {
  it('keep the home of a checkout in the checkout, from wherever it is called', () => {
    expect(readSettings({}, {}, CHECKOUT).home).toBe('/home/ada/clone/.systemprompt');
  });

  it('keep the home of an installed package where it was called', () => {
    expect(readSettings({}, {}, PACKAGE).home).toBe('/srv/agents/.systemprompt');
  });

  it('take the configuration tree that came along when none is named', () => {
    expect(readSettings({}, {}, PACKAGE).services).toBe('/usr/lib/node_modules/systemprompt/services');
  });

  it('read a relative path from where the command was typed; an option wins over the environment', () => {
    const environment = { SYSTEMPROMPT_HOME: '/var/lib/one', SYSTEMPROMPT_SERVICES: 'tree' };
    expect(readSettings({ home: 'mine' }, environment, CHECKOUT)).toMatchObject({
      home: '/home/ada/clone/demo/mine',
      services: '/home/ada/clone/demo/tree',
    });
    expect(readSettings({}, environment, CHECKOUT).home).toBe('/var/lib/one');
  });

  it.each(['x', '65536', '-1', '80.5'])('refuse the port %s with the next command', (port) => {
    expect(() => readSettings({ port }, {}, CHECKOUT)).toThrow('is not a port');
  });

  it.each(['../other', 'a b', ''])('refuse the profile name %j', (profile) => {
    expect(() => readSettings({ profile }, {}, CHECKOUT)).toThrow('is not a profile name');
  });

  it.each(['secret-password', 'mysql://u:secret-password@h/d', 'host=h password=secret-password'])(
    'refuse an address that is no PostgreSQL, without repeating it: %s',
    (address) => {
      const read = () => readSettings({}, { DATABASE_URL: address }, CHECKOUT);
      expect(read).toThrow('not the address of a PostgreSQL');
      expect(read).not.toThrow('secret-password');
    },
  );

  it('take an empty address for none', () => {
    expect(readSettings({}, { DATABASE_URL: '' }, CHECKOUT).databaseUrl).toBeNull();
    const socket = 'postgres:///governance?host=/var/run/postgresql';
    expect(readSettings({}, { DATABASE_URL: socket }, CHECKOUT).databaseUrl).toBe(socket);
  });
});
