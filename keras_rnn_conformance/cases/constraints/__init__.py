"""cases/constraints"""
