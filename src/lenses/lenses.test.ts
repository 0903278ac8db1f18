/** What every registered lens must satisfy. Its numbers and images are tested in its own folder. */
import { describe, expect, test } from 'vitest'
import { optionFields } from '../options/options.ts'
import { formOf } from './form.ts'
import { describeLens } from './reference.ts'
import { lenses } from './registry.ts'

test('lenses have names of their own', () => {
  expect(new Set(lenses.map(({ name }) => name)).size).toBe(lenses.length)
})

describe.each(lenses.map(entry => [entry.name, entry] as const))('%s', (_, entry) => {
  test('the registry tells the name and the description of the definition', async () => {
    const { name, description } = await entry.load()
    expect({ name, description }).toEqual({ name: entry.name, description: entry.description })
  })

  test('its page in the reference names every input and describes every option', async () => {
    const lens = await entry.load()
    const page = describeLens(lens)
    for (const [name, { description, word = name }] of Object.entries(lens.inputs)) {
      expect(page).toContain(word.toUpperCase())
      expect(page).toContain(description)
    }
    for (const { flag, description } of optionFields(lens.options)) {
      expect(description, flag).not.toBe('')
      expect(page).toContain(flag.slice(2))
    }
  })

  test('its form is plain JSON: a picker for each input, a control for each option', async () => {
    const lens = await entry.load()
    const form = formOf(lens)
    expect(JSON.parse(JSON.stringify(form))).toEqual(form)
    expect(form.inputs.map(({ name }) => name)).toEqual(Object.keys(lens.inputs))
    const keys = form.options.map(({ key }) => key)
    expect(keys).toEqual(expect.arrayContaining(Object.keys(lens.options.shape)))
    for (const { key, type, kind } of form.options)
      if (/^(layers?|class|guide|fixed)$/.test(key) && type === 'text') expect(kind, key).toBeDefined()
  })
})
