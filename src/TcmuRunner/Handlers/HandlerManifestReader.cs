// SPDX-License-Identifier: Apache-2.0
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers;

/// <summary>Reads an assembly as a file: nothing of it is loaded, so not even a module initialiser can run.</summary>
internal static class HandlerManifestReader
{
    // A custom attribute's value starts with this word (ECMA-335 II.23.3).
    private const ushort Prolog = 1;

    /// <summary>Reads which handlers an assembly brings.</summary>
    /// <param name="path">The assembly.</param>
    /// <param name="references">Receives the names of the assemblies that it uses.</param>
    /// <exception cref="BadImageFormatException">The file is not an assembly, or a broken one.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    internal static List<HandlerManifest> Read(string path, List<string> references)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        using var image = new PEReader(stream);
        if (!image.HasMetadata)
        {
            throw new BadImageFormatException("it holds no .NET code");
        }

        MetadataReader metadata = image.GetMetadataReader();
        var handlers = new List<HandlerManifest>();
        foreach (CustomAttributeHandle handle in metadata.GetAssemblyDefinition().GetCustomAttributes())
        {
            CustomAttribute attribute = metadata.GetCustomAttribute(handle);
            if (IsHandlerAttribute(metadata, attribute))
            {
                handlers.Add(ReadHandler(metadata, attribute));
            }
        }

        foreach (AssemblyReferenceHandle handle in metadata.AssemblyReferences)
        {
            references.Add(metadata.GetString(metadata.GetAssemblyReference(handle).Name));
        }

        return handlers;
    }

    private static bool IsHandlerAttribute(MetadataReader metadata, CustomAttribute attribute)
    {
        if (attribute.Constructor.Kind != HandleKind.MemberReference)
        {
            return false;
        }

        EntityHandle parent = metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
        if (parent.Kind != HandleKind.TypeReference)
        {
            return false;
        }

        TypeReference type = metadata.GetTypeReference((TypeReferenceHandle)parent);
        return metadata.StringComparer.Equals(type.Name, nameof(HandlerAttribute))
            && metadata.StringComparer.Equals(type.Namespace, typeof(HandlerAttribute).Namespace!);
    }

    // The constructor's three arguments as the compiler stores them: a type by name, then two integers.
    private static HandlerManifest ReadHandler(MetadataReader metadata, CustomAttribute attribute)
    {
        BlobReader value = metadata.GetBlobReader(attribute.Value);
        if (value.ReadUInt16() != Prolog || value.ReadSerializedString() is not { Length: > 0 } typeName)
        {
            throw new BadImageFormatException("its handler attribute is damaged");
        }

        return new HandlerManifest(typeName, value.ReadInt32(), value.ReadInt32());
    }
}
