// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Tcmu.ConfigFs;

namespace TcmuRunner.Tcmu.Tests.ConfigFs;

public sealed class AttributeFilesTests : IDisposable
{
    private readonly TemporaryTree _tree = new();
    private readonly AttributeFiles _files = new();

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData("512\n", "512")]
    [InlineData("512\0", "512")]
    [InlineData("", "")]
    [InlineData("a/b\n\0c/d\n\0", "a/b\n\0c/d")]
    public void What_stands_at_the_end_of_a_value_is_dropped(string content, string expected)
    {
        _tree.Write("value", content);

        Assert.Equal(expected, _files.Read(_tree.PathOf("value")));
    }

    [Fact]
    public void A_value_is_written_as_it_is()
    {
        _tree.Write("value", string.Empty);

        _files.Write(_tree.PathOf("value"), "1");

        Assert.Equal("1", _tree.Read("value"));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        TcmuException exception = Assert.Throws<TcmuException>(() => _files.Read(_tree.PathOf("none")));

        Assert.Equal(TcmuErrorKind.NotFound, exception.Kind);
        Assert.Equal(2, exception.Errno);
        Assert.Equal(_tree.PathOf("none"), exception.Path);
    }

    [Fact]
    public void A_refused_write_tells_the_error_of_the_kernel()
    {
        TcmuException exception = Assert.Throws<TcmuException>(() => _files.Write("/dev/full", "1"));

        Assert.Equal(TcmuErrorKind.AttributeFailed, exception.Kind);
        Assert.Equal(28, exception.Errno);
        Assert.Contains("'1'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_in_a_directory_come_sorted()
    {
        _tree.Write("dir/b", string.Empty);
        _tree.Write("dir/a/x", string.Empty);

        Assert.Equal(["a", "b"], _files.List(_tree.PathOf("dir")));
        Assert.Empty(_files.List(_tree.PathOf("none")));
    }
}
