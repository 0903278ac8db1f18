import { trainingStep } from './training-step.js'

export default trainingStep({ size: 224, batch: 32, device: 'cuda' })
