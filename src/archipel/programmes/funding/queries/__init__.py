"""What money pages and services read: programmes, activities, projects, runs."""
