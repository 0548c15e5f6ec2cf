// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.ConfigFs;

/// <summary>
/// Small text files of sysfs and configfs. Thread safe; every call is a few system calls, some of which make the kernel act.
/// </summary>
internal interface IAttributeFiles
{
    /// <summary>Reads a whole value with one read(2).</summary>
    /// <returns>The text without white space and NULs at its end.</returns>
    /// <exception cref="TcmuException">It cannot be read.</exception>
    string Read(string path);

    /// <summary>Writes a whole value with one write(2); returns when the kernel has acted on it.</summary>
    /// <exception cref="TcmuException">It cannot be opened, or the kernel refuses the value.</exception>
    void Write(string path, string value);

    /// <summary>Whether a file or directory exists.</summary>
    bool Exists(string path);

    /// <summary>The names in a directory, sorted by code point; empty when there is none.</summary>
    IReadOnlyList<string> List(string path);
}
