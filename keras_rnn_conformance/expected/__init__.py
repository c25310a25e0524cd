"""expected"""
