/**
 * Nodes that train: batch normalisations that take the statistics of the batch, and dropout that drops at random. A
 * model has them where it was exported in training mode. Its answers then depend on the other images of a batch.
 */
import type { OnnxModel, OnnxNode } from './decode.ts'

/** The nodes of a model that train. */
export const trainingNodes = (model: OnnxModel): OnnxNode[] => model.nodes.filter(node => trains(node, model))

/** The model as it is in evaluation mode. */
export function inEvaluationMode(model: OnnxModel): OnnxModel {
  const evaluated = (node: OnnxNode): OnnxNode => {
    if (!trains(node, model)) return node
    if (node.op === 'Dropout') return { ...node, inputs: node.inputs.slice(0, 1) }
    const { training_mode, ...attributes } = node.attributes
    return { ...node, attributes, outputs: node.outputs.slice(0, 1) }
  }
  return { ...model, nodes: model.nodes.map(evaluated) }
}

function trains({ op, domain, attributes, inputs }: OnnxNode, model: OnnxModel): boolean {
  if (domain !== '') return false
  if (op === 'BatchNormalization') return model.opset >= 14 && attributes.training_mode === 1
  if (op !== 'Dropout' || !inputs[2]) return false
  const mode = model.initialisers.get(inputs[2]) ?? constantNamed(inputs[2], model)
  return mode !== undefined && Number(mode.data[0]) !== 0
}

function constantNamed(name: string, { nodes }: OnnxModel) {
  const value = nodes.find(({ op, outputs }) => op === 'Constant' && outputs[0] === name)?.attributes.value
  return typeof value === 'object' && 'dtype' in value ? value : undefined
}
