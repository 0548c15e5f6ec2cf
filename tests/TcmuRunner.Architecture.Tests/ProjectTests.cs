// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using TcmuRunner.TestKit;

namespace TcmuRunner.Architecture.Tests;

/// <summary>Who may use whom: the list of DESIGN.md. A new project needs a line there and here first.</summary>
public sealed partial class ProjectTests
{
    private const string Sdk = "TcmuRunner.Abstractions";

    private static readonly Dictionary<string, string[]> s_mayUse = new()
    {
        [Sdk] = [],
        ["TcmuRunner.Io"] = [Sdk],
        ["TcmuRunner.Scsi"] = [Sdk],
        ["TcmuRunner.Tcmu"] = [Sdk, "TcmuRunner.Scsi", "TcmuRunner.Io"],
        ["TcmuRunner.Iscsi"] = [Sdk, "TcmuRunner.Scsi", "TcmuRunner.Io"],
        ["TcmuRunner.Lio"] = [],
        ["TcmuRunner.DBus"] = [],
        ["TcmuRunner"] =
        [
            Sdk, "TcmuRunner.Io", "TcmuRunner.Scsi", "TcmuRunner.Tcmu", "TcmuRunner.Iscsi", "TcmuRunner.Lio", "TcmuRunner.DBus",
        ],
        ["TcmuRunner.Ctl"] = ["TcmuRunner.DBus", "TcmuRunner.Lio"],
    };

    [Fact]
    public void A_project_uses_only_what_the_design_allows_it()
    {
        foreach (ProjectFile project in ProjectFile.In("src"))
        {
            Assert.True(s_mayUse.TryGetValue(project.Name, out string[]? allowed), $"{project.Name} has no line in DESIGN.md's list.");
            Assert.Equal([], project.References.Except(allowed).Select(reference => $"{project.Name} -> {reference}"));
        }
    }

    [Fact]
    public void A_handler_uses_the_SDK_and_nothing_else()
    {
        var common = new ProjectFile(new SourceFile("handlers/Directory.Build.props"));
        Assert.Equal([Sdk], common.References);

        foreach (ProjectFile handler in ProjectFile.In("handlers").Concat(ProjectFile.In("tests/samples")))
        {
            Assert.Equal([], handler.References.Except([Sdk]).Select(reference => $"{handler.Name} -> {reference}"));
        }
    }

    [Fact]
    public void A_handler_has_a_folder_of_its_name()
    {
        foreach (ProjectFile handler in ProjectFile.In("handlers"))
        {
            string name = handler.File.Path.Split('/')[1];
            Assert.Equal($"handlers/{name}/TcmuRunner.Handlers.{name}.csproj", handler.File.Path);
        }
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Repository.PathOf("TcmuRunner.sln")).Replace('\\', '/');
        IEnumerable<string> projects = new[] { "src", "handlers", "tests" }.SelectMany(ProjectFile.In).Select(project => project.File.Path);

        Assert.Equal([], projects.Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_handler_has_a_README_with_what_its_users_need()
    {
        string[] chapters = ["Configuration string", "Limits", "Native needs", "Try it"];
        foreach (string folder in Directory.GetDirectories(Repository.PathOf("handlers")))
        {
            string readme = Path.Combine(folder, "README.md");
            Assert.True(File.Exists(readme), $"{folder} has no README.md.");
            IEnumerable<string> found = Heading().Matches(File.ReadAllText(readme)).Select(match => match.Groups[1].Value);
            Assert.Equal([], chapters.Except(found).Select(chapter => $"{readme}: '## {chapter}' is missing"));
        }
    }

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
