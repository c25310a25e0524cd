"""cases/api"""
