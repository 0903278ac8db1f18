/** The documentation against the program: every command line that it shows is one that the program takes. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from '../src/cli/parse.ts'
import { referencePages } from '../src/commands/reference.ts'
import { commands } from '../src/commands/registry.ts'

const root = join(import.meta.dirname, '..')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true })
    .map(String)
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name)),
]
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

/** Command lines of a page: in code blocks line by line, with continuations joined; and in code spans. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, code]) => code)
  const prose = text.replace(/^```\w*\n[\s\S]*?^```/gm, '')
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code)
  return [...blocks.flatMap(code => code.replaceAll('\\\n', ' ').split('\n')), ...spans]
    .map(line => line.trim().replace(/^(\$ |npx )/, ''))
    .filter(line => /^glasshouse [a-z]/.test(line))
}

/** Words as a shell would split them; a comment ends the line. */
function wordsOf(line: string): string[] {
  const words: string[] = []
  for (const [, double, single, plain] of line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)) {
    const word = double ?? single ?? plain
    if (plain?.startsWith('#') || plain === '|' || plain === '>' || plain === '&&') break
    words.push(word)
  }
  return words
}

describe('command lines', () => {
  const all = pages.flatMap(page => commandLines(textOf(page)).map(line => ({ page, line })))

  it('are found', () => expect(all.length).toBeGreaterThan(60))

  it.each(all)('$page: $line', async ({ line }) => {
    // Usage lines of the reference end in [options].
    const [, ...words] = wordsOf(line.replace(/\s\[.*$/, '').replace(/\s\.\.\.(\s|$)/g, ' '))
    const named = (count: number) => commands.find(({ name }) => name === words.slice(0, count).join(' '))
    const [count, entry] = named(2) ? [2, named(2)] : [1, named(1)]
    expect(entry, `no such command: ${line}`).toBeDefined()
    // A span may name a command without its arguments: `glasshouse sweep`.
    if (words.length <= count) return
    const command = await entry!.load()
    const parsed = parse(command, words.slice(count))
    // Options that exclude each other, or have no effect together, are refused too: where the line has real words.
    if (!('help' in parsed) && parsed.given.size > 0 && !/\bTASK\b|\bmine\.ts\b/.test(line))
      await command.check?.(parsed.args, parsed.options, parsed.given)
  })
})

describe('the reference', () => {
  it('is what the definitions say; run npm run docs:reference', async () => {
    const written = readdirSync(join(root, 'docs/reference'))
    const pages = await referencePages()
    expect(written.sort()).toEqual([...pages.keys()].sort())
    for (const [name, text] of pages) expect(textOf(join('docs/reference', name)), name).toBe(text)
  })
})

describe('links', () => {
  const links = pages.flatMap(page =>
    [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target)
      .filter(target => !/^[a-z]+:/.test(target))
      .map(target => ({ page, target })),
  )

  it.each(links)('$page: $target', ({ page, target }) => {
    const [path, anchor] = target.split('#')
    const file = path === '' ? page : relative(root, join(root, dirname(page), path))
    const isFolder = !/\.\w+$/.test(file) || file.endsWith('/')
    if (isFolder) return expect(() => readdirSync(join(root, file))).not.toThrow()
    const text = readFileSync(join(root, file), 'latin1')
    if (anchor !== undefined) expect(anchorsOf(text)).toContain(anchor)
  })
})

/** As GitHub makes them from headings. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
