// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit;

namespace TcmuRunner.Abstractions.Tests;

/// <summary>The SDK's surface changes only on purpose: handlers are compiled against it.</summary>
public sealed class PublicApiTests
{
    private const string ApprovedPath = "tests/TcmuRunner.Abstractions.Tests/PublicApi.txt";
    private const string ApproveVariable = "TCMU_APPROVE_API";

    [Fact]
    public void The_surface_of_the_SDK_is_the_approved_one()
    {
        string actual = $"API {HandlerApi.MajorVersion}.{HandlerApi.MinorVersion}\n{PublicApiText.Describe(typeof(IHandler).Assembly)}";
        string path = Repository.PathOf(ApprovedPath);
        if (Environment.GetEnvironmentVariable(ApproveVariable) == "1")
        {
            File.WriteAllText(path, actual);
        }

        string approved = File.Exists(path) ? File.ReadAllText(path) : string.Empty;

        Assert.True(actual == approved, Explain(approved.Split('\n'), actual.Split('\n')));
    }

    private static string Explain(string[] approved, string[] actual) => $"""
        The public surface of TcmuRunner.Abstractions differs from {ApprovedPath}:
        {string.Join('\n', approved.Except(actual).Select(line => "- " + line.Trim()))}
        {string.Join('\n', actual.Except(approved).Select(line => "+ " + line.Trim()))}
        If that is meant: raise HandlerApi.MinorVersion for an addition or MajorVersion for a change, run this test once with
        {ApproveVariable}=1 in the environment, and commit the text by itself with the reason.
        """;
}
