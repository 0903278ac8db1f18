import { describe, expect, it } from 'vitest'
import { classesNamed } from './class-name.ts'

const classes = ['oak', 'Shepherd’s Purse, of the field', 'ash, a tree', 'ash', '</b>,"x"']

describe('several classes in one text', () => {
  it('names, indices and the two words, with commas between', () => {
    expect(classesNamed(classes, 'ash, 0,predicted,label')).toEqual([3, 0, 'predicted', 'label'])
  })

  it('names that hold commas themselves, wherever they stand, the longest first', () => {
    for (const [first, one] of classes.entries())
      for (const [second, other] of classes.entries())
        expect(classesNamed(classes, `${one},${other}`)).toEqual([first, second])
    expect(classesNamed(classes, 'ash, a tree,2')).toEqual([2, 2])
  })

  it('what is none of them is named alone', () => {
    expect(() => classesNamed(classes, 'oak,elm,ash')).toThrow(expect.objectContaining({ got: "'elm'" }))
  })
})
