"""Independent sources that the oracle agrees with: 50 digits, paper, torch, onnxruntime."""
