// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio.ConfigFs;

/// <summary>
/// What a configfs tree can do. Every member throws <see cref="LioException"/> with the kernel's errno, except those that only look
/// whether something is there.
/// </summary>
internal interface IConfigFs
{
    /// <summary>True for a directory, followed through links.</summary>
    bool IsDirectory(string path);

    /// <summary>True for an attribute file.</summary>
    bool IsFile(string path);

    /// <summary>The names in a directory, by ordinal order; none when it is absent.</summary>
    IReadOnlyList<string> List(string path);

    /// <summary>Where a symbolic link points, as a full path; null when the path is not a link.</summary>
    string? ReadLink(string path);

    /// <summary>The owner's rights on an attribute.</summary>
    (bool Readable, bool Writable) Rights(string path);

    /// <summary>An attribute's value without white space around it.</summary>
    string Read(string path);

    /// <summary>Gives an attribute a value in one write, which is how the kernel takes it.</summary>
    void Write(string path, string value);

    /// <summary>Creates an object.</summary>
    void MakeDirectory(string path);

    /// <summary>Removes an object with its attributes and the groups that the kernel made for it.</summary>
    void RemoveDirectory(string path);

    /// <summary>Links <paramref name="path"/> to the object at <paramref name="target"/>.</summary>
    void Link(string target, string path);

    /// <summary>Removes a link.</summary>
    void Unlink(string path);
}
