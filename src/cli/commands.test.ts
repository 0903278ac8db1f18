/** What every registered command must satisfy. */
import { describe, expect, test } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { commonOptions } from '../commands/common-options.ts'
import { commands } from '../commands/registry.ts'
import { optionFields } from '../options/options.ts'

test('no two commands share a name, and no command is also a group', () => {
  const names = commands.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(names.filter(other => other.startsWith(`${name} `))).toEqual([])
})

test('--help lists every command', async () => {
  const { stdout } = await glasshouse('--help')
  for (const { name } of commands) expect(stdout).toContain(`  ${name} `)
})

describe.each(commands.map(entry => [entry.name, entry] as const))('%s', (name, entry) => {
  const words = name.split(' ')

  test('its definition has the name and the summary of the table, in one line without a full stop', async () => {
    const command = await entry.load()
    expect({ name: command.name, summary: command.summary }).toEqual({ name, summary: entry.summary })
    expect(entry.summary).toMatch(/^[^\n]{10,110}[^.\n]$/)
  })

  test('every argument and option is described, and none hides a common option', async () => {
    const command = await entry.load()
    for (const { name, description } of command.arguments) expect(description, name).not.toBe('')
    for (const { key, description } of optionFields(command.options)) {
      expect(description, key).not.toBe('')
      expect(key in commonOptions.shape, key).toBe(false)
    }
  })

  test('what is on by default is described by a verb, which the help turns off with “do not”', async () => {
    const command = await entry.load()
    for (const { key, kind, description, default: preset } of optionFields(command.options))
      if (kind === 'switch' && preset === true)
        expect(description, key).not.toMatch(/^(whether|if|of|the|an?|no|not|with)\b/)
  })

  test('its defaults satisfy its own schema', async () => {
    const { options } = await entry.load()
    const fields = optionFields(options).filter(({ default: preset }) => preset !== undefined)
    const presets = Object.fromEntries(fields.map(({ key, default: preset }) => [key, preset]))
    const missing = options.safeParse(presets).error?.issues.filter(({ path }) => String(path[0]) in presets)
    expect(missing ?? []).toEqual([])
  })

  test('its help names every option and every argument', async () => {
    const command = await entry.load()
    const { code, stdout, stderr } = await glasshouse(...words, '--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const { flag } of optionFields(command.options)) expect(stdout).toContain(flag.slice(2))
    for (const argument of command.arguments)
      expect(stdout.toLowerCase()).toContain((argument.word ?? argument.name).toLowerCase())
  })

  test('an unknown flag is a mistake of the user', async () => {
    const { code, stdout, stderr } = await glasshouse(...words, '--nonsense')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain("unknown option '--nonsense'")
  })
})
