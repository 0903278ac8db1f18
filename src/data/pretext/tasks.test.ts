/** What every pretext task must satisfy, and what is special to some. */
import { describe, expect, it } from 'vitest'
import type { Picture } from '../../base/picture.ts'
import { allForms } from './forms.node.ts'
import { noiseImage } from './noise.ts'
import { pretextTaskNamed, pretextTasks } from './registry.ts'
import { meanDifference, mirrored } from './windows.ts'

const side = 24

describe.each([...pretextTasks.values()].map(task => [task.name, task] as const))('%s', (name, task) => {
  const source = noiseImage(side * task.sourceScale, side * task.sourceScale, 0)

  it('gives every form one size, and no two the same pixels', async () => {
    const forms = await allForms(source, task, side, 3)
    expect(forms).toHaveLength(task.classes.length)
    for (const { width, height, data } of forms)
      expect([width, height, data.length]).toEqual([side, side, 3 * side * side])
    forms.forEach((one, i) => {
      for (const other of forms.slice(i + 1)) expect(meanDifference(one, other)).toBeGreaterThan(0.5)
    })
  })

  it('depends on the image and its number alone, and leaves the image as it is', async () => {
    const before = source.data.slice()
    expect(await allForms(source, task, side, 3)).toEqual(await allForms(source, task, side, 3))
    expect(source.data).toEqual(before)
  })

  it('says what can give it away, and what exposes that', () => {
    expect(pretextTaskNamed(name)).toBe(task)
    expect(new Set(task.classes).size).toBe(task.classes.length)
    for (const texts of [task.shortcuts, task.controls]) {
      expect(texts.length).toBeGreaterThan(0)
      for (const text of texts) expect(text).toMatch(/^[A-Za-z].*\.$/)
    }
    expect(task.question).toMatch(/\?$/)
  })
})

const formsOf = (name: string, picture: Picture) => {
  const task = pretextTaskNamed(name)
  return allForms(picture, task, picture.width / task.sourceScale, 0)
}

it('a symmetrical image has the same two flips: nothing is left to tell', async () => {
  const half = noiseImage(side, side, 1)
  const other = mirrored(half)
  const picture = { ...half, data: half.data.map((value, at) => (value + other.data[at]) >> 1) }
  const [original, flipped] = await formsOf('flip', picture)
  expect(flipped.data).toEqual(original.data)
})

it('a grey image has the same colours in every order', async () => {
  const { data, ...size } = noiseImage(side, side, 1)
  const grey = { ...size, data: data.map((_, at) => data[at - (at % 3)]) }
  const forms = await formsOf('hue', grey)
  for (const form of forms) expect(form.data).toEqual(grey.data)
})

it('a third of a turn of the hue takes red to green', async () => {
  const red = { width: 1, height: 1, data: Uint8Array.of(200, 30, 10) }
  const forms = await formsOf('hue', red)
  expect([...forms[1].data]).toEqual([10, 200, 30])
})

it('an unknown task is refused with the nearest names', () => {
  expect(() => pretextTaskNamed('flips')).toThrow(/no pretext task called 'flips'.*flip/)
})
