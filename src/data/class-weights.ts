/** How much the images of each class count: by a rule, or by a list. */
import { GlasshouseError } from '../base/errors.ts'
import { rowReader } from './separated.ts'

/**
 * All images together count as many as there are, every class the same: images / (classes with images x images of the
 * class), as "balanced" in scikit-learn. A class without images gets 0.
 */
export function balancedWeights(counts: readonly number[]): number[] {
  const images = counts.reduce((sum, count) => sum + count, 0)
  const classes = counts.filter(count => count > 0).length
  return counts.map(count => (count ? images / (classes * count) : 0))
}

/**
 * The weights that a list gives: rows `class,weight`, with commas or tabs; a first row `class,weight` is a heading.
 *
 * @throws GlasshouseError where a class is missing, named twice or unknown, or a weight is not a number of at least 0
 */
export function listedWeights(text: string, classes: readonly string[], where: string): number[] {
  const weights = new Map<string, number>()
  const refuse = (what: string, line?: number, hint?: string) =>
    new GlasshouseError({
      code: 'class-weights',
      what,
      where: line === undefined ? where : `${where}, line ${line}`,
      hint,
    })
  const reader = rowReader(text.includes('\t') ? '\t' : ',', where, (cells, line) => {
    const [name, weight] = cells.map(cell => cell.trim())
    if (cells.length !== 2) throw refuse('a line holds a class and its weight', line, 'For example: rose,2.5')
    if (!weights.size && line === 1 && Number.isNaN(Number(weight))) return
    if (!classes.includes(name)) throw refuse(`the data has no class '${name}'`, line)
    if (weights.has(name)) throw refuse(`the class '${name}' is there twice`, line)
    if (weight === '' || !(Number(weight) >= 0) || !Number.isFinite(Number(weight)))
      throw refuse(`the weight '${weight}' is not a number of at least 0`, line)
    weights.set(name, Number(weight))
  })
  reader.read(text)
  reader.end()
  const missing = classes.find(name => !weights.has(name))
  if (missing !== undefined) throw refuse(`the class '${missing}' has no weight`)
  if ([...weights.values()].every(weight => weight === 0)) throw refuse('all weights are 0')
  return classes.map(name => weights.get(name)!)
}
