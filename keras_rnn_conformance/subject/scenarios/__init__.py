"""subject/scenarios"""
