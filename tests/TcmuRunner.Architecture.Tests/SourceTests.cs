// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;

namespace TcmuRunner.Architecture.Tests;

/// <summary>Rules of STYLE.md that a reader of the sources can check.</summary>
public sealed partial class SourceTests
{
    private const int MaximumLines = 600;

    private static readonly IReadOnlyList<SourceFile> s_all = SourceFile.Find(".cs", "src", "handlers", "tests");
    private static readonly IReadOnlyList<SourceFile> s_product = SourceFile.Find(".cs", "src", "handlers");

    [Fact]
    public void There_are_sources_to_look_at() => Assert.True(s_product.Count > 30 && s_all.Count > s_product.Count);

    [Fact]
    public void A_file_begins_with_its_licence() => AssertNone(
        s_all, file => !file.Text.TrimStart('\uFEFF').StartsWith("// SPDX-License-Identifier: Apache-2.0\n", StringComparison.Ordinal));

    [Fact]
    public void A_file_has_at_most_six_hundred_lines() => AssertNone(s_all, file => file.Text.AsSpan().Count('\n') > MaximumLines);

    [Fact]
    public void A_namespace_is_file_scoped() => AssertNone(s_all, file => BlockNamespace().IsMatch(file.Text));

    [Fact]
    public void Nothing_is_left_to_be_implemented() => AssertNone(s_product, file => Unfinished().IsMatch(file.Text));

    [Fact]
    public void Native_code_is_called_through_generated_marshalling() => AssertNone(s_product, file => file.Text.Contains("DllImport", StringComparison.Ordinal));

    [Fact]
    public void There_are_no_regions() => AssertNone(s_all, file => Region().IsMatch(file.Text));

    [Fact]
    public void No_exception_is_swallowed() => AssertNone(s_product, file => EmptyCatch().IsMatch(file.Text));

    private static void AssertNone(IEnumerable<SourceFile> files, Func<SourceFile, bool> isWrong) =>
        Assert.Equal([], files.Where(isWrong).Select(file => file.Path));

    [GeneratedRegex(@"^namespace [\w.]+\s*\{?\s*$", RegexOptions.Multiline)]
    private static partial Regex BlockNamespace();

    [GeneratedRegex(@"NotImplementedException|//\s*(TODO|FIXME|HACK)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"^\s*#region", RegexOptions.Multiline)]
    private static partial Regex Region();

    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*(when\s*\([^{]*\))?\s*\{\s*\}")]
    private static partial Regex EmptyCatch();
}
