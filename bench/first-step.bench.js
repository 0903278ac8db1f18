export default {
  unit: 's',
  better: 'less',
  note: 'from the start of the process to the end of the first training step: ResNet18, 97 pixels, batch 32, images in memory',
  memory: true,
  settings: { size: 97, batch: 32 },
  async ours(settings) {
    const { trainStep } = await import('./ours.js')
    const step = await trainStep(settings)
    await step()
    return { value: performance.now() / 1000 }
  },
  peer: { script: 'first_step.py', modules: ['torch', 'torchvision'] },
}
