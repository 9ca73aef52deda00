from flask import Blueprint

bp = Blueprint("targeting", __name__)
