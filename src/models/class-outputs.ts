/** The classes of a data set among the outputs of a classifier. */
import { GlasshouseError } from '../base/errors.ts'

export interface ClassOutputs {
  /** the output of each class of the data */
  ofClass: number[]
  /** for every output the first one of the same name: outputs of one name are one class */
  classOf: number[]
}

/**
 * @param known names of the classifier's outputs
 * @param classes names of the data's classes
 * @param where the data, for errors
 * @throws GlasshouseError 'classes-differ' where the data has a class that the classifier lacks
 */
export function classOutputs(
  known: readonly string[],
  classes: readonly string[],
  where: string,
): ClassOutputs {
  const first = new Map<string, number>()
  known.forEach((name, output) => {
    if (!first.has(name)) first.set(name, output)
  })
  const unknown = classes.filter(name => !first.has(name))
  if (unknown.length)
    throw new GlasshouseError({
      code: 'classes-differ',
      what: 'the data has classes that the classifier does not know',
      where,
      got: unknown.slice(0, 5).join(', '),
      hint:
        known.length === 1
          ? 'The classifier has one output: name two classes with --classes FILE, first that of 0, then that of 1'
          : 'Test on data with the same class names, or name the outputs with --classes FILE',
    })
  return { ofClass: classes.map(name => first.get(name)!), classOf: known.map(name => first.get(name)!) }
}
