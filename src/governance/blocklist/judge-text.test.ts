import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BENIGN_COMMANDS } from '#tests/support/benign-commands';
import { judgeArguments, judgeScript, judgeSql } from './judge-text.ts';

const ids = (script: string) => judgeScript(script).map(({ rule }) => rule);

describe('shell texts', () => {
  it.each(BENIGN_COMMANDS)('lets pass %s', (script) => {
    expect(judgeScript(script)).toEqual([]);
  });

  it('judges what cannot be read to its end by its words', () => {
    expect(ids('echo "unterminated; rm -rf /')).toContain('unparsable');
    expect(ids('if true; then rm -rf /tmp/x')).toContain('unparsable');
    expect(ids("it's a text about removing things")).toEqual([]);
    expect(ids("don't; git push --force origin main")).toContain('git-push-force');
  });

  it('judges a script that is too long or too deep by its words', () => {
    expect(ids(`${'echo x\n'.repeat(50_000)}rm -rf /`)).toContain('unparsable');
    expect(ids('echo x\n'.repeat(50_000))).toEqual([]);
    expect(ids(`${'$('.repeat(2_000)}rm -rf /${')'.repeat(2_000)}`)).toContain('unparsable');
    expect(ids(`bash -c '${'eval '.repeat(40)}rm -rf /'`)).not.toEqual([]);
    expect(ids(`${'echo x;'.repeat(6_000)}rm -rf /`)).toContain('unparsable');
    expect(ids(`${'a|'.repeat(30_000)}rm -rf /`)).toContain('unparsable');
    expect(ids(`x=aaaa;${'x=$x$x$x$x;'.repeat(100)}rm -rf /`)).toContain('remove-tree');
    expect(ids(`x='${'echo x;'.repeat(3_000)}rm -rf /'; bash -c "$x"`)).toContain('unparsable');
  });

  it('is not misled by how a word is written', () => {
    for (const script of [
      '"rm" "-rf" "/"',
      "'r'm -r'f' /",
      'r""m -rf /',
      '\\rm -rf /',
      '/usr/bin/env rm -rf /',
      'command rm -rf /',
      'rm    -rf\t/',
      'rm -rf \\\n  /',
      'rm -r -- /',
      'rm --rec --force /',
      `RM=rm; \${RM} -rf /`,
      'a=r; b=m; $a$b -rf /',
      '{rm,-rf,/}',
      '$(echo rm) -rf /',
      '`echo rm` -rf /',
      'rm -rf //',
      'rm -rf /./',
      'rm -rf /tmp/../',
      'rm -rf /home/../etc',
      'rm -rf ~root',
      'true && { rm -rf /; }',
      '! rm -rf /',
      'coproc rm -rf /',
      'x=$(rm -rf /)',
      'echo "$(rm -rf /)"',
      'cat <<EOF\n$(rm -rf /)\nEOF',
      'cat <(rm -rf /)',
      'case x in x) rm -rf /;; esac',
      'exec rm -rf /',
      'trap "rm -rf /" EXIT; bash -c "rm -rf /"',
      `python3 -c "import os; os.system('rm -rf /')"`,
      `python3 -c "import subprocess; subprocess.run(['rm', '-rf', '/'])"`,
      `python3 -c "import shutil; shutil.rmtree('/')"`,
      `node -e "require('child_process').execSync('rm -rf /')"`,
      `perl -e 'system("rm -rf /")'`,
      `awk 'BEGIN { system("rm -rf /") }'`,
      'echo "rm -rf /" | bash -s',
      `printf 'rm -rf %s' / | sh`,
      `echo -e '\\x72m -rf /' | sh`,
      'bash <<< "rm -rf /"',
      'printf "rm -rf /" | tee x | sh',
      `psql -c '\\! rm -rf /'`,
      `sqlite3 app.db '.shell rm -rf /'`,
      'if [ "$x" ]; then D=/; else D=build; fi; rm -rf "$D"',
      'xargs -I{} rm -rf {} <<< /',
      'find / -maxdepth 1 -exec rm -rf {} +',
    ]) {
      expect(ids(script), script).not.toEqual([]);
    }
  });

  it('finds SQL in what a database client is given', () => {
    expect(ids('psql -c "DROP TABLE users"')).toContain('sql-drop');
    expect(ids('PGPASSWORD=x psql -h db -U app -tAc "DROP TABLE users"')).toContain('sql-drop');
    expect(ids('psql <<EOF\nDROP TABLE users;\nEOF')).toContain('sql-drop');
    expect(ids('echo "TRUNCATE users" | mysql app')).toContain('sql-truncate');
    expect(ids('sqlite3 app.db "DELETE FROM users"')).toContain('sql-delete-every-row');
    expect(ids('docker exec -i db mysql -e "DROP DATABASE app"')).toContain('sql-drop');
    expect(ids('kubectl exec db-0 -- psql -c "DROP TABLE users"')).toContain('sql-drop');
    expect(ids(`psql -c "SELECT 'DROP TABLE users' -- DROP TABLE users"`)).toEqual([]);
  });

  it('never throws and always ends, whatever it is given', () => {
    const piece = fc.constantFrom(
      ...[
        'rm ',
        '-rf ',
        '/ ',
        '"',
        "'",
        '`',
        '$(',
        ')',
        '${',
        '}',
        '|',
        '&&',
        ';',
        '\n',
        '<<EOF\n',
        'EOF',
        '((',
        '[[',
        '{',
        '\\',
      ],
      ...[
        'bash -c ',
        'eval ',
        'xargs ',
        'for i in ',
        'do ',
        'done',
        'case x in ',
        'psql -c ',
        '--',
        '/*',
        '$tag$',
        '\uFFFF',
        '\u0000',
        '*',
      ],
    );
    const text = fc
      .array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 40 })
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (script) => {
        judgeScript(script);
        judgeSql(script, 'standard');
        judgeArguments(script.split(' '));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('SQL texts', () => {
  it('reads each dialect as its database does', () => {
    const backslash = "SELECT 'it\\'; DROP TABLE users; --'";
    expect(judgeSql(backslash, 'mysql')).toEqual([]);
    expect(judgeSql(backslash, 'standard')).not.toEqual([]);
    const nested = '/* /* */ DROP TABLE users; -- */';
    expect(judgeSql(nested, 'standard')).toEqual([]);
    expect(judgeSql(nested, 'sqlite')).not.toEqual([]);
    expect(judgeSql('SELECT 5--1; DROP TABLE users', 'mysql')).not.toEqual([]);
    expect(judgeSql('# DROP TABLE users', 'mysql')).toEqual([]);
  });

  it('judges a text that is too long as unparsable', () => {
    expect(judgeSql('SELECT 1;'.repeat(100_000), 'standard')).toMatchObject([{ rule: 'unparsable' }]);
  });
});
